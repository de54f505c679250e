//! The names that records have on the wire, each with a small number, its slot.
//!
//! Records of a kind mostly have the same names in the same order, so the name that came behind another one the last
//! time is tried first, by a comparison of its bytes.

use super::scan::Cursor;
use std::collections::HashMap;

/// How many names are told apart; a stream that has more is read by the strict parser.
const MAX_NAMES: usize = 4_096;
/// The longest name, with its quotes and a colon, that is compared in one step.
const AT_ONCE: usize = 16;

/// The names, and which followed which.
#[derive(Debug, Default)]
pub struct Names {
    slots: HashMap<Box<str>, usize>,
    quoted: Vec<Quoted>,
    /// For each group of records and each slot (counted from 1; 0 is the beginning) the slot that came next.
    next: Vec<Vec<usize>>,
}

/// A name in its quotes with a colon behind it; if it is short, also as a number that is to be compared with the bytes
/// under a mask.
#[derive(Debug)]
struct Quoted {
    text: Box<str>,
    number: u128,
    mask: u128,
}

impl Names {
    /// The slot of a name, a new one if it is not known. None where there are too many.
    pub fn slot(&mut self, name: &str) -> Option<usize> {
        if let Some(slot) = self.slots.get(name) {
            return Some(*slot);
        }
        let slot = self.quoted.len();
        if slot >= MAX_NAMES {
            return None;
        }
        self.slots.insert(name.into(), slot);
        self.quoted.push(Quoted::of(name));
        Some(slot)
    }

    /// The name of a slot.
    pub fn name(&self, slot: usize) -> &str {
        let quoted = self.quoted.get(slot).map_or("", |quoted| &quoted.text);
        quoted.get(1..quoted.len().saturating_sub(2)).unwrap_or("")
    }

    /// Passes over a name and the colon right behind it, if the name is the one that came here the last time; `group`
    /// is what is known of the record, `before` the slot before it.
    #[inline]
    pub fn take_expected(&self, cursor: &mut Cursor<'_>, group: usize, before: Option<usize>) -> Option<usize> {
        let before = before.map_or(0, |slot| slot + 1);
        let slot = *self.next.get(group)?.get(before)?;
        let quoted = self.quoted.get(slot)?;
        quoted.begins(cursor.rest()).then(|| {
            cursor.at += quoted.text.len();
            slot
        })
    }

    /// Passes over any name and its colon, and expects it here from now on.
    #[cold]
    pub fn take(&mut self, cursor: &mut Cursor<'_>, group: usize, before: Option<usize>) -> Option<usize> {
        let slot = self.slot(cursor.text()?)?;
        cursor.skip_blanks();
        cursor.take(b':')?;
        self.remember(group, before.map_or(0, |slot| slot + 1), slot);
        Some(slot)
    }

    fn remember(&mut self, group: usize, before: usize, slot: usize) {
        if self.next.len() <= group {
            self.next.resize_with(group + 1, Vec::new);
        }
        let Some(next) = self.next.get_mut(group) else { return };
        if next.len() <= before {
            next.resize(before + 1, usize::MAX);
        }
        next.get_mut(before).into_iter().for_each(|next| *next = slot);
    }
}

impl Quoted {
    fn of(name: &str) -> Quoted {
        let text = format!("\"{name}\":").into_boxed_str();
        let mut bytes = [0; AT_ONCE];
        let (mut number, mut mask) = (0, 0);
        if let Some(short) = bytes.get_mut(..text.len()) {
            short.copy_from_slice(text.as_bytes());
            number = u128::from_le_bytes(bytes);
            mask = u128::MAX >> (8 * (AT_ONCE - text.len()));
        }
        Quoted { text, number, mask }
    }

    #[inline]
    fn begins(&self, bytes: &[u8]) -> bool {
        match bytes.first_chunk::<AT_ONCE>() {
            Some(bytes) if self.mask != 0 => u128::from_le_bytes(*bytes) & self.mask == self.number,
            _ => bytes.starts_with(self.text.as_bytes()),
        }
    }
}
