//! What the parts of a book are called and which words begin their clauses.

use crate::syntax::pieces::{Kind, Piece};

/// Something in braces.
pub(super) struct Frame {
    /// The word before its brace.
    pub(super) word: &'static str,
    /// How a sentence calls it.
    pub(super) article_name: &'static str,
    /// The words with which its clauses begin; none where they begin with names.
    pub(super) clauses: &'static [&'static str],
    /// One of it, on one line.
    pub(super) example: &'static str,
}

const fn frame(
    word: &'static str,
    article_name: &'static str,
    clauses: &'static [&'static str],
    example: &'static str,
) -> Frame {
    Frame { word, article_name, clauses, example }
}

const CHARGE: &[&str] = &["quantity", "price", "part", "at", "tiers", "unless"];
const TIERS: &[&str] = &["up", "below", "from", "above"];
const PLAN: &[&str] = &["terms", "phase", "charge", "fee", "grant", "rule", "meter", "define", "override", "discount"];

const FRAMES: [Frame; 37] = [
    frame("graduated", "a tier", TIERS, "`up to 50 TB : $23 per TB`"),
    frame("volume", "a tier", TIERS, "`up to 50 TB : $23 per TB`"),
    frame("match", "a choice", &[], "`match size { XS : 1; else : 2 }`"),
    frame("list", "a list of records", &[], "`tools : list of { name : text; calls : number }`"),
    frame("part", "a part of a charge", CHARGE, "`part input { quantity sum(input); price $2 per 1M tokens }`"),
    frame(
        "charge",
        "a charge",
        CHARGE,
        "`charge storage \"Storage\" from upload { quantity sum(size); price $23 per TB }`",
    ),
    frame("override", "an override", CHARGE, "`override compute \"Contract price\" { price $2 per credit }`"),
    frame(
        "fee",
        "a fee",
        &["quantity", "price", "prorated", "at", "unless"],
        "`fee base \"Base fee\" { price $10 every month }`",
    ),
    frame(
        "grant",
        "a grant",
        &["gives", "opening", "costs", "covers", "order", "priority", "expires", "rolls", "reload", "off"],
        "`grant included \"Included\" { gives 500 requests every month; covers requests }`",
    ),
    frame("rule", "a rule", &["when", "then"], "`rule limit { when unbilled >= $5_000 then invoice }`"),
    frame(
        "fold",
        "a fold",
        &["state", "let", "next", "yield", "forget"],
        "`fold admission per minute from call { state used : token = 0 tokens; next used = used + input }`",
    ),
    frame("spans", "spans", &["starts", "ends", "at", "gap"], "`spans session from call { gap 20 minutes }`"),
    frame(
        "discount",
        "a discount",
        &["takes", "covers"],
        "`discount launch \"Launch\" { takes 10% off; covers compute }`",
    ),
    frame(
        "test",
        "a test",
        &["account", "contract", "usage", "bill", "invoice", "expect", "snapshot"],
        "`test \"a month\" { usage run { duration: 1 hour }; bill for 2026-11; expect total = $3.00 }`",
    ),
    frame("plan", "a plan", PLAN, "`plan germany \"Germany\" { terms { commit : EUR } }`"),
    frame("phase", "a phase", PLAN, "`phase 3 months { .. }`"),
    frame("terms", "a term", &[], "`commit : USD`"),
    frame(
        "table",
        "a table",
        &[],
        "a line `key size : Size`, a line `rate : USD`, then `size | rate` over rows such as `XS | 1`",
    ),
    frame("calendar", "a calendar", &[], "`calendar peak { mon..fri, 16:00..21:00 }`"),
    frame("enum", "an enum", &[], "`enum Size { S, M, L }`"),
    frame("records", "the names of a record's parts", &[], "`records { account: \"acct\", time: \"ts\" }`"),
    frame("usage", "a kind of usage", &["let"], "`usage run { duration : second }`"),
    frame("account", "an account's facts", &[], "`account { region : text }`"),
    frame("contract", "a contract", &[], "`contract \"A1\" on prepaid from 2026-01-01 { commit: $100 }`"),
    frame("bill", "a bill", &[], "`bill for 2026-11`"),
    frame("pricebook", "the name of a price book", &[], "`pricebook storage \"Storage, list prices\"`"),
    frame("currency", "a currency", &[], "`currency USD \"$\"`"),
    frame("timezone", "a time zone", &[], "`timezone \"Europe/Berlin\"`"),
    frame("period", "a billing period", &[], "`period month`"),
    frame("rounding", "a rounding", &[], "`rounding half even`"),
    frame("import", "an import", &[], "`import \"common/units.florin\"`"),
    frame("unit", "a unit", &[], "`unit kilometre \"kilometres\" = 1_000 metre`"),
    frame("define", "a definition", &[], "`define share = 10%`"),
    frame("meter", "a meter", &[], "`meter used by size per day = sum(amount) from run where amount > 0`"),
    frame("free", "what is free", &[], "`free s3_requests where op == DELETE`"),
    frame("let", "a computed field", &[], "`let share = if batch then 50% else 100%`"),
    frame("expect", "an expectation", &[], "`expect total = $3.00`"),
];

impl Frame {
    /// The words of its clauses as a list names them: whole, and without those of a later version.
    pub(super) fn clause_words(&self) -> Vec<&'static str> {
        let whole = |clause: &'static str| match (self.word, clause) {
            ("spans", "at") => vec!["at most"],
            (_, "at") => vec!["at least", "at most"],
            (_, "unless") => vec!["unless zero"],
            (_, "up") => vec!["up to"],
            (_, "rolls") => vec!["rolls over"],
            (_, "off") => vec!["off the bill"],
            (_, "tiers") => Vec::new(),
            (_, clause) => vec![clause],
        };
        self.clauses.iter().flat_map(|clause| whole(clause)).collect()
    }
}

/// What the innermost open brace before the piece `at` belongs to.
pub(super) fn enclosing(pieces: &[Piece<'_>], at: usize) -> Option<&'static Frame> {
    let mut depth = 0_usize;
    let mut index = at.min(pieces.len());
    while let Some(before) = index.checked_sub(1) {
        index = before;
        let piece = pieces.get(index)?;
        match piece.text {
            "}" if piece.kind == Kind::Sign => depth += 1,
            "{" if piece.kind == Kind::Sign && depth == 0 => return frame_before(pieces, index),
            "{" if piece.kind == Kind::Sign => depth -= 1,
            _ => {}
        }
    }
    // Not inside any brace: a header, or a declaration without braces.
    let first = pieces.iter().find(|piece| piece.kind == Kind::Word)?;
    FRAMES.iter().find(|frame| frame.word == first.text)
}

/// The frame whose word stands nearest before the brace, in its own clause.
fn frame_before(pieces: &[Piece<'_>], brace: usize) -> Option<&'static Frame> {
    let head = pieces.get(..brace)?.iter().rev();
    let clause = head.take_while(|piece| piece.kind != Kind::LineEnd && !matches!(piece.text, ";" | "{" | "}"));
    let words: Vec<&str> = clause.filter(|piece| piece.kind == Kind::Word).map(|piece| piece.text).collect();
    let named = |word: &&str| FRAMES.iter().find(|frame| frame.word == *word);
    match words.first() {
        Some(&("graduated" | "volume")) => words.first().and_then(named),
        Some(&"of") => FRAMES.iter().find(|frame| frame.word == "list"),
        _ if words.contains(&"match") => FRAMES.iter().find(|frame| frame.word == "match"),
        _ => words.last().and_then(named),
    }
}
