//! Tables: columns, and rows of cells.

use super::{Builder, Pair, Parts};
use crate::syntax::ast::{Bound, Cell, CellKind, Column, ColumnRole, Row, Table, TableSource};
use florin_grammar::Rule;

impl Builder {
    pub(super) fn table(&mut self, pair: Pair<'_>) -> Option<Table> {
        let mut parts = Parts::of(pair);
        let source = match parts.take(Rule::table_source) {
            Some(source) => Some(self.table_source(source)?),
            None => None,
        };
        let name = self.take_name(&mut parts)?;
        let (head, rows) = match parts.take(Rule::table_rows) {
            Some(rows) => self.table_rows(rows)?,
            None => (Vec::new(), Vec::new()),
        };
        parts.take(Rule::k_table);
        Some(Table { name, source, columns: self.each(parts.rest(), Builder::column)?, head, rows })
    }

    fn table_source(&mut self, pair: Pair<'_>) -> Option<TableSource> {
        let mut parts = Parts::of(pair);
        match self.take_text(&mut parts) {
            Some(path) => Some(TableSource::Csv(path)),
            None => self.take_name(&mut parts).map(TableSource::Records),
        }
    }

    fn column(&mut self, pair: Pair<'_>) -> Option<Column> {
        let (span, rule) = (self.span(&pair), pair.as_rule());
        let mut parts = Parts::of(pair);
        let role = match rule {
            Rule::key_column if parts.has(Rule::k_band) => ColumnRole::Band,
            Rule::key_column if parts.has(Rule::k_prefix) => ColumnRole::Prefix,
            Rule::key_column => ColumnRole::Key,
            _ => ColumnRole::Value,
        };
        let optional = parts.has(Rule::k_optional);
        let wire = self.take_wire(&mut parts);
        let name = self.take_name(&mut parts)?;
        let ty = self.take_type(&mut parts).map(|ty| crate::syntax::ast::TypeName { optional, ..ty });
        Some(Column { name, role, ty, wire, span })
    }

    fn table_rows(&mut self, pair: Pair<'_>) -> Option<(Vec<crate::syntax::ast::Name>, Vec<Row>)> {
        let mut parts = Parts::of(pair);
        let head = Parts::of(parts.take(Rule::table_head)?).all(Rule::name);
        let head = head.iter().map(|name| self.name(name)).collect();
        Some((head, self.each(parts.all(Rule::table_row), Builder::row)?))
    }

    fn row(&mut self, pair: Pair<'_>) -> Option<Row> {
        let span = self.span(&pair);
        let cells = Parts::of(pair).all(Rule::cell);
        Some(Row { cells: self.each(cells, Builder::cell)?, span })
    }

    fn cell(&mut self, pair: Pair<'_>) -> Option<Cell> {
        let span = self.span(&pair);
        let inner = Parts::of(pair).first()?;
        let kind = match inner.as_rule() {
            Rule::not_sold => CellKind::NotSold,
            Rule::any_other => CellKind::AnyOther,
            Rule::band_cell => {
                let mut parts = Parts::of(inner);
                CellKind::Band(bound(parts.take(Rule::bound)?)?, self.take_literal(&mut parts)?)
            }
            _ => CellKind::Value(self.literal(inner)?),
        };
        Some(Cell { kind, span })
    }
}

/// The side of an edge.
pub(super) fn bound(pair: Pair<'_>) -> Option<Bound> {
    Some(match Parts::of(pair).first()?.as_rule() {
        Rule::k_up => Bound::UpTo,
        Rule::k_below => Bound::Below,
        Rule::k_from => Bound::From,
        _ => Bound::Above,
    })
}
