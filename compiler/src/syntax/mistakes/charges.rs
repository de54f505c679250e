//! What people write in a charge that stands elsewhere, or is called otherwise; the mend is made of their own words.

use super::{Scene, vocabulary::Frame, written};
use crate::syntax::pieces::{Kind, Piece};

/// How a clause of another language is written here.
pub(super) fn clause_elsewhere(scene: &Scene<'_, '_>, frame: &Frame) -> Option<String> {
    if !matches!(frame.word, "charge" | "part" | "fee" | "override") {
        return None;
    }
    let found = scene.found()?;
    let rest = written(scene.clause_from(scene.at + 1));
    let amount = |example: &str| if rest.is_empty() { example.to_owned() } else { rest.clone() };
    Some(match found.text.to_lowercase().as_str() {
        "minimum" | "min" | "floor" | "least" => format!("did you mean `at least {}`?", amount("$5")),
        "maximum" | "max" | "cap" | "ceiling" | "limit" | "most" => {
            format!("did you mean `at most {}`?", amount("$50"))
        }
        "rate" | "cost" | "costs" | "fee" => format!("did you mean `price {}`?", amount("$1 each")),
        "amount" | "usage" | "units" | "meter" => format!("did you mean `quantity {}`?", amount("count()")),
        "up" | "below" | "above" => {
            "a tier stands in the braces of its price: `price graduated { up to 100 GB : RATE; above 100 GB : RATE }`"
                .to_owned()
        }
        "discount" | "takes" => discount(scene, &rest),
        "free" | "included" | "includes" | "include" => included(scene, &rest),
        "per" | "by" | "for" => format!(
            "that stands in the first line: write `{}`",
            header_with(scene, found.text).unwrap_or_else(|| "charge calls \"Calls\" per day { .. }".to_owned())
        ),
        _ => return None,
    })
}

/// `discount 10%`: a lower price.
fn discount(scene: &Scene<'_, '_>, rest: &str) -> String {
    let off = rest.trim_end_matches(" off").strip_suffix('%').and_then(|share| share.parse::<u8>().ok());
    let left = off.and_then(|off| 100_u8.checked_sub(off)).map_or_else(|| "90%".to_owned(), |left| format!("{left}%"));
    match scene.clause_of("price").filter(|price| !price.contains('{')) {
        Some(price) => format!("put it into the price: `price {left} * ({price})`"),
        None => format!("put it into the price of each tier: `{left} * (RATE)`"),
    }
}

/// `free 100 calls`: only what is above it is priced.
fn included(scene: &Scene<'_, '_>, rest: &str) -> String {
    let amount = if rest.is_empty() { "100" } else { rest };
    let amount = amount.trim_start_matches("first ");
    match scene.clause_of("quantity") {
        Some(quantity) => format!("charge only for what is above it: `quantity {quantity} above {amount}`"),
        None => format!("charge only for what is above it: `quantity USED above {amount}`"),
    }
}

/// The first line of the charge with the found words at their place in it.
pub(super) fn header_with(scene: &Scene<'_, '_>, word: &str) -> Option<String> {
    const ORDER: [&str; 5] = ["by", "per", "from", "where", "for"];
    let rank = |text: &str| ORDER.iter().position(|known| *known == text);
    let header = header(scene).filter(|_| !header_has(scene, word))?;
    let moved = written(scene.clause_from(scene.at));
    let own = rank(word)?;
    let later = |piece: &Piece<'_>| piece.kind == Kind::Word && rank(piece.text).is_some_and(|rank| rank > own);
    let (before, after) = header.split_at(header.iter().position(later).unwrap_or(header.len()));
    let from = if word == "where" && !before.iter().any(|piece| piece.is("from")) { "from KIND " } else { "" };
    let after = written(after);
    let gap = if after.is_empty() { "" } else { " " };
    Some(format!("{} {from}{moved}{gap}{after} {{", written(before)))
}

/// Whether the first line of the charge has a part that begins with this word.
pub(super) fn header_has(scene: &Scene<'_, '_>, word: &str) -> bool {
    header(scene).is_some_and(|header| header.iter().any(|piece| piece.kind == Kind::Word && piece.text == word))
}

/// The first line of a charge, up to its brace.
fn header<'p, 't>(scene: &Scene<'p, 't>) -> Option<&'p [Piece<'t>]> {
    let first = scene.pieces.iter().position(|piece| piece.kind == Kind::Word)?;
    let header = scene.pieces.get(first..).filter(|header| header.first().is_some_and(|word| word.is("charge")))?;
    header.get(..header.iter().position(|piece| piece.is("{"))?)
}
