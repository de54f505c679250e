//! Texts as small numbers, the same ones for a whole run.

use crate::ir::{Expr, Op, Program};
use crate::model::{KeyCell, Symbol, Value};
use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

/// A power of two.
const SHARDS: usize = 16;

/// The texts of a run, each with its code. Many threads may share one.
///
/// The texts that stand in the program have the codes below [`Dictionary::program_texts`], so that a table can be an
/// array over them. The other codes say nothing but which text it is; no output may depend on their order.
#[derive(Debug)]
pub struct Dictionary {
    program: hashbrown::HashMap<Symbol, u32>,
    program_texts: Vec<Symbol>,
    hasher: RandomState,
    shards: Vec<Mutex<Shard>>,
}

#[derive(Debug, Default)]
struct Shard {
    codes: HashMap<Symbol, u32>,
    texts: Vec<Symbol>,
}

impl Dictionary {
    /// With all texts that stand in a program: constants, cells of tables.
    #[must_use]
    pub fn of(program: &Program) -> Dictionary {
        let mut dictionary = Dictionary {
            program: hashbrown::HashMap::new(),
            program_texts: Vec::new(),
            hasher: RandomState::new(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        };
        each_text(program, &mut |text| dictionary.add_program_text(text));
        dictionary
    }

    fn add_program_text(&mut self, text: &Symbol) {
        if !self.program.contains_key(text) {
            let code = u32::try_from(self.program_texts.len()).unwrap_or(u32::MAX);
            self.program.insert(text.clone(), code);
            self.program_texts.push(text.clone());
        }
    }

    /// How many texts stand in the program: their codes are those below.
    #[must_use]
    pub fn program_texts(&self) -> usize {
        self.program_texts.len()
    }

    /// The code of a text that stands in the program.
    #[must_use]
    pub fn program_code(&self, text: &str) -> Option<u32> {
        self.program.get(text).copied()
    }

    /// The code of a text, a new one if it was never seen. None where there are too many texts to count.
    #[must_use]
    pub fn code(&self, text: &str) -> Option<u32> {
        if let Some(code) = self.program.get(text) {
            return Some(*code);
        }
        let at = usize::try_from(self.hasher.hash_one(text)).unwrap_or(0) % SHARDS;
        let mut shard = self.shards.get(at)?.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = shard.codes.get(text) {
            return Some(*code);
        }
        let code = self.program_texts.len().checked_add(shard.texts.len().checked_mul(SHARDS)?)?.checked_add(at)?;
        let code = u32::try_from(code).ok().filter(|code| *code != super::ABSENT_CODE)?;
        let text = Symbol::from(text);
        shard.texts.push(text.clone());
        shard.codes.insert(text, code);
        Some(code)
    }

    /// The text of a code.
    #[must_use]
    pub fn text(&self, code: u32) -> Option<Symbol> {
        let code = usize::try_from(code).ok()?;
        if let Some(text) = self.program_texts.get(code) {
            return Some(text.clone());
        }
        let past = code.checked_sub(self.program_texts.len())?;
        let shard = self.shards.get(past % SHARDS)?.lock().unwrap_or_else(PoisonError::into_inner);
        shard.texts.get(past / SHARDS).cloned()
    }
}

/// Calls `visit` for each text that stands in a program, those of its tables first.
fn each_text(program: &Program, visit: &mut dyn FnMut(&Symbol)) {
    for table in &program.tables {
        for row in &table.table.rows {
            for cell in &row.keys {
                if let KeyCell::Exactly(Value::Text(text)) = cell {
                    visit(text);
                }
            }
            for cell in &row.values {
                if let crate::model::Cell::Value(Value::Text(text)) = cell {
                    visit(text);
                }
            }
        }
    }
    program.schema.kinds.iter().for_each(|kind| visit(&kind.name));
    super::needs::record_expressions(program, &mut |_, expr| expr.walk(&mut |expr| texts_of(expr, visit)));
    let computed = program.lets.iter().flatten();
    computed.for_each(|computed| computed.value.walk(&mut |expr| texts_of(expr, visit)));
}

fn texts_of(expr: &Expr, visit: &mut dyn FnMut(&Symbol)) {
    match &expr.op {
        Op::Constant(Value::Text(text)) => visit(text),
        Op::Match { arms, .. } => arms.iter().for_each(|(value, _)| {
            if let Value::Text(text) = value {
                visit(text);
            }
        }),
        _ => {}
    }
}
