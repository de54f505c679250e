//! The tables of a book: contexts, prices of tokens, prices of requests, searches and queries.

use super::{Draft, Fee, Row};
use crate::import::slot::Slot;
use crate::import::text::{Column, Table, count, number};
use std::collections::BTreeSet;

/// From when on a price holds of which no one says since when: before any usage.
const EVER: &str = "1970-01-01";

const CONTEXT_WORDS: &str = "Models whose prices depend on how long the input is: the whole request has the prices of the context\n\
     that its input lies in, its output too.";
const PRICE_WORDS: &str =
    "US dollars for a million tokens. Tokens of the cache without a price of their own cost what input costs.";
const MEDIA_WORDS: &str = "Models with prices of their own for sound, images or reasoning; for all others those tokens cost what\n\
     other input, or other output, costs.";
const REQUEST_WORDS: &str = "Models that cost something for each request, beside its tokens.";
const SEARCH_WORDS: &str = "Models that may search the web, and what a search costs.";
const QUERY_WORDS: &str = "Models that are paid by the query.";

impl Draft {
    /// All tables.
    pub(super) fn tables(&self, used: &BTreeSet<Slot>) -> Vec<Table> {
        let mut tables = Vec::new();
        if !self.contexts.is_empty() {
            tables.push(self.context_table());
        }
        let of = |media: bool| -> Vec<Slot> { used.iter().copied().filter(|slot| slot.is_media() == media).collect() };
        tables.push(self.price_table("price", &of(false), PRICE_WORDS));
        if !of(true).is_empty() {
            tables.push(self.price_table("media_price", &of(true), MEDIA_WORDS));
        }
        if !self.requests.is_empty() {
            tables.push(self.fee_table("request_price", "requests", REQUEST_WORDS, "0", &self.requests));
        }
        tables.push(self.fee_table("search_price", "searches", SEARCH_WORDS, "not sold", &self.searches));
        if !self.queries.is_empty() {
            tables.push(self.fee_table("query_price", "queries", QUERY_WORDS, "not sold", &self.queries));
        }
        tables
    }

    fn name_columns(&self) -> Vec<Column> {
        self.names.iter().map(|name| Column::key(*name, "text")).collect()
    }

    /// What any other model has: `-` for each name.
    fn any_other(&self) -> Vec<String> {
        self.names.iter().map(|_| "-".to_owned()).collect()
    }

    fn context_table(&self) -> Table {
        let mut columns = self.name_columns();
        columns.extend([Column::key("input", "band token"), Column::value("longer_than", "token")]);
        let mut rows = Vec::new();
        for context in &self.contexts {
            let (within, beyond) = if context.inclusive { ("below", "from") } else { ("up to", "above") };
            let mut lower = "0".to_owned();
            let mut row = |band: String, lower: &str| {
                rows.push(context.names.iter().cloned().chain([band, lower.to_owned()]).collect());
            };
            for edge in &context.edges {
                row(format!("{within} {}", count(edge)), &lower);
                lower = count(edge);
            }
            row(format!("{beyond} {lower}"), &lower);
        }
        rows.push(self.any_other().into_iter().chain(["-".to_owned(), "0".to_owned()]).collect());
        Table { words: CONTEXT_WORDS.to_owned(), name: "context", columns, rows }
    }

    fn price_table(&self, name: &'static str, slots: &[Slot], words: &str) -> Table {
        let mut columns = self.name_columns();
        if !self.services.is_empty() {
            columns.push(Column::key("service", "text"));
        }
        if !self.contexts.is_empty() {
            columns.push(Column::key("longer_than", "token"));
        }
        columns.extend(self.calendars.iter().map(|known| Column::key(format!("in_{}", known.name), "boolean")));
        if self.is_dated() {
            columns.push(Column::value("from", "date"));
        }
        let ty = |slot: Slot| match slot {
            Slot::Input | Slot::Output => "USD per 1M tokens",
            _ => "USD per 1M tokens optional",
        };
        columns.extend(slots.iter().map(|slot| Column::value(slot.name(), ty(*slot))));
        let is_media = slots.iter().all(|slot| slot.is_media());
        let stated = |row: &&Row| !is_media || slots.iter().any(|slot| row.prices.contains_key(slot));
        let mut rows: Vec<Vec<String>> =
            self.rows.iter().filter(stated).map(|row| self.price_row(row, slots)).collect();
        if is_media {
            let mut other = self.any_other();
            other.extend(self.conditions().iter().map(|_| "-".to_owned()));
            other.extend(self.is_dated().then(|| EVER.to_owned()));
            other.extend(slots.iter().map(|_| "-".to_owned()));
            rows.push(other);
        }
        Table { words: words.to_owned(), name, columns, rows }
    }

    fn price_row(&self, row: &Row, slots: &[Slot]) -> Vec<String> {
        let mut cells = row.names.clone();
        if !self.services.is_empty() {
            cells.push(format!("\"{}\"", row.service));
        }
        if !self.contexts.is_empty() {
            cells.push(count(&row.longer_than));
        }
        for at in 0..self.calendars.len() {
            cells.push(row.hours.get(at).copied().flatten().map_or_else(|| "-".to_owned(), |holds| holds.to_string()));
        }
        if self.is_dated() {
            cells.push(row.from.map_or_else(|| EVER.to_owned(), |date| date.to_string()));
        }
        let price = |slot: &Slot| match (row.prices.get(slot), slot) {
            (Some(price), _) => number(price),
            (None, Slot::Input | Slot::Output) => "not sold".to_owned(),
            (None, _) => "-".to_owned(),
        };
        cells.extend(slots.iter().map(price));
        cells
    }

    /// The prices of what is counted by the thousand, and what any other model has.
    fn fee_table(&self, name: &'static str, units: &str, words: &str, other: &str, fees: &[Fee]) -> Table {
        let has_sizes = fees.iter().any(|fee| fee.size != "-");
        let mut columns = self.name_columns();
        columns.extend(has_sizes.then(|| Column::key("size", "Size")));
        columns.push(Column::value("price", format!("USD per 1_000 {units}")));
        let row = |names: &[String], size: &str, price: String| {
            let mut cells = names.to_vec();
            cells.extend(has_sizes.then(|| size.to_owned()));
            cells.push(price);
            cells
        };
        let mut rows: Vec<Vec<String>> = fees.iter().map(|fee| row(&fee.names, fee.size, number(&fee.price))).collect();
        rows.push(row(&self.any_other(), "-", other.to_owned()));
        Table { words: words.to_owned(), name, columns, rows }
    }
}
