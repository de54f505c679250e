//! Types, and what may be named in a place.

use super::{Book, Kind, Meter};

/// What a unit measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Data,
    Time,
    Named(usize),
}

/// A type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    Count,
    Of(Measure),
    Money,
    /// Money per quantity.
    Rate(Measure),
    /// Quantity per quantity.
    Speed(Measure, Measure),
    Text,
    Enum(usize),
    Truth,
    Date,
    Time,
}

impl Ty {
    /// Whether it is one that can be added up.
    pub fn is_number(self) -> bool {
        matches!(self, Ty::Count | Ty::Of(_) | Ty::Money | Ty::Rate(_) | Ty::Speed(..))
    }

    /// Whether it can be a quantity of a charge.
    pub fn is_quantity(self) -> bool {
        matches!(self, Ty::Count | Ty::Of(_) | Ty::Money)
    }

    /// Whether it can be a key.
    pub fn is_key(self) -> bool {
        matches!(self, Ty::Text | Ty::Enum(_) | Ty::Truth | Ty::Count | Ty::Of(_) | Ty::Date)
    }
}

/// Something that has a name.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub ty: Ty,
    pub optional: bool,
}

impl Field {
    pub fn new(name: impl Into<String>, ty: Ty) -> Field {
        Field { name: name.into(), ty, optional: false }
    }
}

/// What may be named in a place.
#[derive(Clone, Default)]
pub struct Scope {
    /// By the path that is written.
    pub names: Vec<Field>,
    /// The lists of the record, by their path, with the fields of their items.
    pub lists: Vec<super::List>,
    /// Whether `time` is that of a record.
    pub is_record: bool,
    /// Whether tables, defines and windows may be used.
    pub is_open: bool,
}

impl Book {
    fn fact_names(&self) -> impl Iterator<Item = Field> + '_ {
        self.facts.iter().map(|fact| Field { name: format!("account.{}", fact.name), ..fact.clone() })
    }

    /// In a record, or an item of its list.
    pub(super) fn record_scope(&self, kind: &Kind, list: Option<usize>) -> Scope {
        let mut names: Vec<Field> = kind.fields.clone();
        let item = list.and_then(|at| kind.lists.get(at));
        names.extend(item.into_iter().flat_map(|list| &list.fields).filter(|field| !field.name.is_empty()).cloned());
        names.extend(self.fact_names());
        names.push(Field::new("account", Ty::Text));
        Scope { names, lists: kind.lists.clone(), is_record: true, is_open: true }
    }

    /// In a group with these keys.
    pub(super) fn group_scope(&self, keys: &[Field]) -> Scope {
        let names = keys.iter().cloned().chain(self.fact_names()).collect();
        Scope { names, is_open: true, ..Scope::default() }
    }

    /// In a price of lines with these keys and this window: also with meters of the same or of a wider window.
    pub(super) fn price_scope(&self, keys: &[Field], window: &florin_compiler::model::Window) -> Scope {
        let mut scope = self.group_scope(keys);
        let has = |key: &Field| keys.iter().any(|known| known.name == key.name && known.ty == key.ty);
        let fits = |meter: &&Meter| {
            let wide = meter.window == *window || florin_compiler::time::nests_in(window, &meter.window);
            wide && !meter.window.from_first_use && meter.keys.iter().all(has)
        };
        scope.names.extend(self.meters.iter().filter(fits).map(|meter| Field {
            name: meter.name.clone(),
            ty: meter.ty,
            optional: true,
        }));
        scope
    }
}
