//! A price book of language models, from the prices that a list states.

mod charges;
mod tables;

use super::slot::Slot;
use super::text::Table;
use florin_compiler::exact::Rational;
use jiff::civil::Date;
use std::collections::{BTreeMap, BTreeSet};

/// What a book is made of. What stands in it is written in its order, so that one list always makes one book.
#[derive(Debug, Default)]
pub struct Draft {
    /// What the book begins with: where it is from, what it leaves open.
    pub words: Vec<String>,
    /// The book's name and label.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// The fields by which a model is found: `provider`, `model`.
    pub names: &'static [&'static str],
    /// What usage calls the tokens of a kind.
    pub wires: BTreeMap<Slot, &'static str>,
    /// What usage calls searches of the web.
    pub search_wire: &'static str,
    /// Times at which some models have other prices.
    pub calendars: Vec<Calendar>,
    /// How a request may be served: `standard`, `batch`; none where it makes no difference.
    pub services: Vec<&'static str>,
    /// From how much input on which models have other prices.
    pub contexts: Vec<Context>,
    /// The prices of tokens.
    pub rows: Vec<Row>,
    /// What a model costs for each request.
    pub requests: Vec<Fee>,
    /// What a model costs for each search of the web.
    pub searches: Vec<Fee>,
    /// What a model costs for each query.
    pub queries: Vec<Fee>,
}

/// Times, as the rules of one or several calendars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The name of the calendar, and with `in_` before it that of the field.
    pub name: String,
    /// What each of its calendars says in braces; any of them may hold.
    pub rules: Vec<String>,
}

/// A model's contexts, from the least on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The model's names, in quotes.
    pub names: Vec<String>,
    /// How much input begins the next context.
    pub edges: Vec<Rational>,
    /// Whether input of exactly that much is already in it.
    pub inclusive: bool,
}

/// The prices of a model's tokens under some conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The model's names, in quotes.
    pub names: Vec<String>,
    /// The lower edge of the context; zero without one.
    pub longer_than: Rational,
    /// For each calendar, whether it must hold; none where it makes no difference.
    pub hours: Vec<Option<bool>>,
    /// How the request is served.
    pub service: &'static str,
    /// From when on; none: from ever.
    pub from: Option<Date>,
    /// US dollars for a million tokens.
    pub prices: BTreeMap<Slot, Rational>,
}

/// A price for each request, search or query, by the thousand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fee {
    /// The model's names, in quotes.
    pub names: Vec<String>,
    /// For which size of search context; `-` for any.
    pub size: &'static str,
    /// US dollars for a thousand.
    pub price: Rational,
}

impl Draft {
    /// The book, laid out.
    ///
    /// # Errors
    /// The words of what the parser does not take, which would be a fault of this module.
    pub fn text(&self) -> Result<String, String> {
        let used = self.used();
        let words: String = self.words.iter().map(|line| format!("// {line}\n").replace("//  ", "// ")).collect();
        let mut parts = vec![words + &self.header(), self.usage(&used)];
        parts.extend(self.tables(&used).iter().map(Table::text));
        parts.extend(self.charges(&used));
        crate::engine::format(&parts.join("\n")).map_err(|faults| {
            let said: Vec<&str> = faults.iter().map(|fault| fault.title.as_str()).collect();
            format!("the book can not be read, which is a fault of florin; please report it: {}", said.join("; "))
        })
    }

    /// The kinds of tokens that some model has a price for.
    fn used(&self) -> BTreeSet<Slot> {
        Slot::closed(self.rows.iter().flat_map(|row| row.prices.keys().copied()).collect())
    }

    fn has_sizes(&self) -> bool {
        self.searches.iter().any(|fee| fee.size != "-")
    }

    fn is_dated(&self) -> bool {
        self.rows.iter().any(|row| row.from.is_some())
    }

    fn header(&self) -> String {
        let (name, label) = (self.name, self.label);
        let mut text =
            format!("pricebook {name} \"{label}\"\ncurrency  USD \"$\"\ntimezone  \"UTC\"\nperiod    month\n\n");
        text.push_str("unit token \"tokens\"\n");
        for (fees, unit) in
            [(&self.requests, "unit request \"requests\"\n"), (&self.queries, "unit query \"queries\"\n")]
        {
            text.push_str(if fees.is_empty() { "" } else { unit });
        }
        text.push_str("unit search \"searches\"\n");
        if self.has_sizes() {
            text.push_str("\n/// How much of what a search finds is read.\nenum Size { low, medium, high }\n");
        }
        for calendar in &self.calendars {
            text.push('\n');
            for (name, rule) in calendar.each() {
                text.push_str(&format!("calendar {name} {{ {rule} }}\n"));
            }
        }
        text
    }

    fn usage(&self, used: &BTreeSet<Slot>) -> String {
        let mut text = String::from("usage inference {\n");
        self.names.iter().for_each(|name| text.push_str(&format!("  {name} : text\n")));
        if !self.services.is_empty() {
            let known = self.services.join(", ");
            text.push_str(&format!("  service : text = \"standard\" // {known}\n"));
        }
        text.push('\n');
        for slot in used {
            let (name, wire) = (slot.name(), self.wires.get(slot).copied().unwrap_or(slot.name()));
            text.push_str(&format!("  {name} : token at least 0 from \"{wire}\" = 0 // {}\n", slot.words()));
        }
        text.push_str(&format!("  searches : search at least 0 from \"{}\" = 0 // of the web\n", self.search_wire));
        if self.has_sizes() {
            text.push_str("  size : Size from \"usage.search_context_size\" = medium // of a search\n");
        }
        if !self.queries.is_empty() {
            text.push_str("  queries : query at least 0 from \"usage.queries\" = 0\n");
        }
        if !self.contexts.is_empty() || !self.calendars.is_empty() {
            text.push('\n');
        }
        if !self.contexts.is_empty() {
            text.push_str(&format!("  let longer_than = context[{}, input]\n", self.names.join(", ")));
        }
        for calendar in &self.calendars {
            let any: Vec<String> = calendar.each().map(|(name, _)| format!("time in {name}")).collect();
            text.push_str(&format!("  let in_{} = {}\n", calendar.name, any.join(" or ")));
        }
        text + "}\n"
    }

    /// The names of the keys of a price table, without the date.
    fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.names.iter().map(|name| (*name).to_owned()).collect();
        keys.extend(self.conditions());
        keys
    }

    /// What beside the model decides on a price.
    fn conditions(&self) -> Vec<String> {
        let mut conditions = Vec::new();
        if !self.services.is_empty() {
            conditions.push("service".to_owned());
        }
        if !self.contexts.is_empty() {
            conditions.push("longer_than".to_owned());
        }
        conditions.extend(self.calendars.iter().map(|calendar| format!("in_{}", calendar.name)));
        conditions
    }
}

impl Calendar {
    /// The calendars with their rules: one has its own name, several are numbered.
    fn each(&self) -> impl Iterator<Item = (String, &String)> {
        let alone = self.rules.len() == 1;
        let name = move |at: usize| if alone { self.name.clone() } else { format!("{}_{}", self.name, at + 1) };
        self.rules.iter().enumerate().map(move |(at, rule)| (name(at), rule))
    }
}
