//! Tables: exact, enum, boolean, band and prefix keys, dates, cells that are not sold or blank.

use super::scope::{Field, Ty};
use super::{Book, Table};
use crate::choices::Choices;

/// A key column with the cells that its rows have.
struct Key {
    ty: Ty,
    column: String,
    name: String,
    cells: Vec<String>,
}

impl Book {
    pub(super) fn declare_tables(&mut self, choices: &Choices) {
        for _ in 0..choices.between(0, 3) {
            self.declare_table(choices);
        }
    }

    fn declare_table(&mut self, choices: &Choices) {
        let mut keys = Vec::new();
        for _ in 0..choices.between(1, 2) {
            keys.push(self.table_key(choices));
        }
        let dated = choices.chance(35);
        let mut columns = Vec::new();
        for _ in 0..choices.between(1, 3) {
            let ty = self.column_type(choices);
            columns.push(Field { name: self.name("price"), ty, optional: choices.chance(20) });
        }
        if dated && choices.chance(15) {
            keys.clear();
            columns.truncate(1);
        }
        let name = self.name("rates");
        let mut lines: Vec<String> = keys.iter().map(|key| format!("  key {} : {}", key.name, key.column)).collect();
        if dated {
            lines.push(format!("  from : {}", choices.pick(&["date", "time"])));
        }
        for column in &columns {
            let optional = if column.optional { " optional" } else { "" };
            lines.push(format!("  {} : {}{optional}", column.name, self.written_type(choices, column.ty)));
        }
        lines.push(String::new());
        lines.extend(self.rows(choices, &keys, dated, &columns));
        self.text.push(format!("table {name} {{\n{}\n}}", lines.join("\n")));
        self.tables.push(Table { name, keys: keys.iter().map(|key| key.ty).collect(), dated, columns });
    }

    fn column_type(&self, choices: &Choices) -> Ty {
        let (of, per) = (self.measure(choices), self.measure(choices));
        match choices.below(8) {
            0..=3 => Ty::Rate(of),
            4 => Ty::Money,
            5 => Ty::Count,
            6 => Ty::Of(of),
            _ => *choices.pick(&[Ty::Speed(of, per), Ty::Text, Ty::Truth]),
        }
    }

    fn table_key(&mut self, choices: &Choices) -> Key {
        let name = self.name("of");
        let quoted = |texts: Vec<&str>| texts.into_iter().map(|text| format!("\"{text}\"")).collect::<Vec<_>>();
        let (ty, column, mut cells) = match choices.below(6) {
            0 | 1 => {
                let texts = quoted(["owl", "swift", "owl-2", "eu"][..choices.between(1, 4)].to_vec());
                (Ty::Text, "text".to_owned(), texts)
            }
            2 if !self.enums.is_empty() => {
                let at = choices.below(self.enums.len());
                let members = self.enums[at].1.iter().map(|member| (*member).to_owned()).collect();
                (Ty::Enum(at), self.enums[at].0.clone(), members)
            }
            3 => {
                let texts = quoted(["ow", "owl", "s", "owl-2"][..choices.between(1, 4)].to_vec());
                (Ty::Text, "prefix".to_owned(), texts)
            }
            4 => {
                let ty = *choices.pick(&[Ty::Count, Ty::Of(self.measure(choices))]);
                let written = self.written_type(choices, ty);
                return Key { ty, column: format!("band {written}"), name, cells: self.bands(choices) };
            }
            _ => (Ty::Truth, "boolean".to_owned(), vec!["false".to_owned(), "true".to_owned()]),
        };
        // What is left out must be taken by `-`, where it can be listed.
        let closed = !matches!(ty, Ty::Text);
        if choices.chance(35) {
            if closed {
                cells.truncate(1);
            }
            cells.push("-".to_owned());
        }
        Key { ty, column, name, cells }
    }

    fn bands(&self, choices: &Choices) -> Vec<String> {
        let edges = &["0", "10", "100.5", "1k"][choices.below(2)..choices.between(2, 4)];
        let mut cells = Vec::new();
        let mut inclusive = true;
        for edge in edges {
            inclusive = choices.chance(60);
            cells.push(format!("{} {edge}", if inclusive { "up to" } else { "below" }));
        }
        let last = edges.last().copied().unwrap_or("0");
        cells.push(format!("{} {last}", if inclusive { "above" } else { "from" }));
        cells
    }

    fn rows(&self, choices: &Choices, keys: &[Key], dated: bool, columns: &[Field]) -> Vec<String> {
        let mut head: Vec<String> = keys.iter().map(|key| key.name.clone()).collect();
        head.extend(dated.then(|| "from".to_owned()));
        head.extend(columns.iter().map(|column| column.name.clone()));
        let mut rows = vec![format!("  {}", head.join(" | "))];
        let mut combinations: Vec<Vec<String>> = vec![Vec::new()];
        for key in keys {
            combinations = combinations
                .iter()
                .flat_map(|known| {
                    key.cells.iter().map(move |cell| [known.as_slice(), std::slice::from_ref(cell)].concat())
                })
                .collect();
        }
        let all = ["2025-01-01", "2026-01-01", "2026-02-15", "2026-03-29"];
        let dates = &all[choices.below(2)..choices.between(2, 4)];
        for combination in combinations {
            let rows_of_it = if dated { dates.iter().map(|date| Some(*date)).collect() } else { vec![None] };
            for date in rows_of_it {
                let mut cells = combination.clone();
                cells.extend(date.map(ToOwned::to_owned));
                for column in columns {
                    cells.push(self.cell(choices, column));
                }
                rows.push(format!("  {}", cells.join(" | ")));
            }
        }
        rows
    }

    fn cell(&self, choices: &Choices, column: &Field) -> String {
        if choices.chance(5) {
            return "not sold".to_owned();
        }
        if column.optional && choices.chance(40) {
            return "-".to_owned();
        }
        match column.ty {
            ty if ty.is_number() && choices.chance(80) => {
                (*choices.pick(&["1", "0.02", "12.5", "0", "0.000125", "3", "-1"])).to_owned()
            }
            ty => self.constant(choices, ty),
        }
    }
}
