//! The nodes of look-ups.

use super::{Beyond, Planned, Planner};
use crate::ir::Expr;
use crate::jit::graph::{Form, Id, Node};
use crate::jit::search::{Class, Search};
use crate::jit::unit::Unit;
use crate::model::Type;
use std::sync::Arc;

impl Planner<'_> {
    pub(super) fn lookup(
        &mut self,
        table: usize,
        keys: &[Expr],
        column: usize,
        at: Option<&Expr>,
    ) -> Result<Planned, Beyond> {
        let program = self.program;
        let described = &program.tables.get(table).ok_or(Beyond)?.table;
        let keys: Vec<Planned> = keys.iter().map(|key| self.expr(key)).collect::<Result<_, _>>()?;
        if keys.len() != described.keys.len() {
            return Err(Beyond);
        }
        let mut ids: Vec<Id> = keys.iter().map(|key| key.id).collect();
        // An instant is asked for even where no row is dated, for it may have no value.
        let time = at.map(|at| self.instant(at)).transpose()?;
        match (time, described.dated) {
            (Some(time), true) => ids.push(time),
            (None, true) => ids.push(self.graph.add(Node::Time)),
            (Some(time), false) if self.graph.facts(time).fails || self.graph.facts(time).optional => {
                return Err(Beyond);
            }
            (_, false) => {}
        }
        let units = keys.into_iter().map(|key| key.unit).collect();
        let search = self.search(table, units).ok_or(Beyond)?;
        self.cell(search, ids, column)
    }

    fn cell(&mut self, search: usize, keys: Vec<Id>, column: usize) -> Result<Planned, Beyond> {
        let arrays = self.searches.get(search).cloned().ok_or(Beyond)?;
        let described = arrays.columns.get(column).ok_or(Beyond)?;
        let fits = |(class, id): (&Class, &Id)| match class {
            Class::Thresholds(_) => self.graph.facts(*id).form != Form::Truth,
            Class::Direct { .. } | Class::Listed { .. } => self.graph.facts(*id).form != Form::Number,
        };
        if arrays.classes.len() != keys.len() || !arrays.classes.iter().zip(&keys).all(fits) {
            return Err(Beyond);
        }
        let row = self.graph.add(Node::Row(search, keys));
        let id = self.graph.add_cell(Node::Cell(search, column, row), described.form, described.optional);
        Ok(Planned { id, unit: described.unit.clone() })
    }

    /// The arrays of a table for keys of some units.
    fn search(&mut self, table: usize, units: Vec<Unit>) -> Option<usize> {
        if let Some(known) = self.known_searches.get(&(table, units.clone())) {
            return *known;
        }
        let described = &self.program.tables.get(table)?.table;
        let has_lists = described.keys.iter().any(|key| matches!(key.ty, Type::List(_)));
        let search = if has_lists { None } else { Search::of(described, &units, self.dictionary) };
        let at = search.map(|search| {
            self.searches.push(Arc::new(search));
            self.searches.len() - 1
        });
        self.known_searches.insert((table, units), at);
        at
    }
}
