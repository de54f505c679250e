//! What the grammar would have taken where it stopped, in the words of a reader.

use florin_grammar::Rule;

/// What was hoped for at a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Hope {
    /// One of the language's words.
    Word(String),
    /// A sign, as it is written.
    Sign(&'static str),
    /// Something the author makes up: `a name`.
    Thing(&'static str),
}

impl std::fmt::Display for Hope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Hope::Word(word) => write!(f, "`{word}`"),
            Hope::Sign(sign) => write!(f, "`{sign}`"),
            Hope::Thing(thing) => f.write_str(thing),
        }
    }
}

/// Everything hoped for, each once: things first, then signs and words.
pub(super) fn hopes(rules: &[Rule]) -> Vec<Hope> {
    let mut found: Vec<Hope> = rules.iter().filter_map(|rule| hope(*rule)).collect();
    found.sort_by_key(|hope| (!matches!(hope, Hope::Thing(_)), hope.clone()));
    found.dedup();
    found
}

fn hope(expected: Rule) -> Option<Hope> {
    thing(expected)
        .map(Hope::Thing)
        .or_else(|| sign(expected).map(Hope::Sign))
        .or_else(|| word(expected).map(Hope::Word))
}

/// The word of the language with which a rule begins.
fn word(expected: Rule) -> Option<String> {
    let rule_name = format!("{expected:?}");
    let first = match rule_name.strip_prefix("k_") {
        Some(word) => word,
        None => first_word(expected)?,
    };
    Some(first.to_owned())
}

fn first_word(expected: Rule) -> Option<&'static str> {
    Some(match expected {
        Rule::quantity_clause => "quantity",
        Rule::price_clause | Rule::fee_price => "price",
        Rule::part => "part",
        Rule::at_least | Rule::field_least => "at least",
        Rule::at_most | Rule::tier_most | Rule::span_most => "at most",
        Rule::at_time | Rule::covers_at => "at",
        Rule::tiers_pooled => "tiers",
        Rule::unless_zero => "unless zero",
        Rule::every => "every",
        Rule::as_line => "as",
        Rule::from_date | Rule::wire | Rule::from_kind | Rule::table_source | Rule::from_first => "from",
        Rule::where_part => "where",
        Rule::for_each | Rule::for_in | Rule::gives_each | Rule::reload_price => "for",
        Rule::by_keys | Rule::by_over => "by",
        Rule::per_window | Rule::rate_tail => "per",
        Rule::pooled => "pooled",
        Rule::opening => "opening",
        Rule::lasts => "lasts",
        Rule::prorated => "prorated",
        Rule::in_advance | Rule::in_calendar => "in",
        Rule::flat_part => "plus",
        Rule::let_field => "let",
        Rule::key_column => "key",
        Rule::window_start => "starting",
        Rule::window_anchor => "anchored",
        Rule::pieces => "pieces",
        Rule::places | Rule::to_step => "to",
        Rule::is_absent => "is",
        Rule::once_at => "once",
        Rule::over_range => "over",
        Rule::reaches => "reaches",
        Rule::terms => "terms",
        Rule::phase => "phase",
        _ => return None,
    })
}

fn sign(expected: Rule) -> Option<&'static str> {
    Some(match expected {
        Rule::colon => ":",
        Rule::equals | Rule::default | Rule::unit_relation => "=",
        Rule::comma_sign => ",",
        Rule::dots => "..",
        Rule::open_brace | Rule::fields | Rule::values | Rule::charge_body => "{",
        Rule::close_brace => "}",
        Rule::open_paren | Rule::parameters => "(",
        Rule::close_paren => ")",
        Rule::open_bracket => "[",
        Rule::close_bracket => "]",
        Rule::bar => "|",
        _ => return None,
    })
}

fn thing(expected: Rule) -> Option<&'static str> {
    Some(match expected {
        Rule::expr | Rule::logic | Rule::sum | Rule::comparison | Rule::operand | Rule::value | Rule::literal => {
            "a value"
        }
        Rule::if_expr | Rule::match_expr | Rule::group | Rule::argument | Rule::minus | Rule::k_not => "a value",
        Rule::call | Rule::round_call | Rule::lookup | Rule::history | Rule::window_value | Rule::path => "a value",
        Rule::plus | Rule::subtract | Rule::times | Rule::divide | Rule::compare_op => "an operator",
        Rule::k_and | Rule::k_or | Rule::k_mod | Rule::k_above | Rule::k_otherwise => "an operator",
        Rule::line_end | Rule::semicolon => "a new line",
        Rule::name | Rule::key | Rule::parameter | Rule::member | Rule::field | Rule::value_column | Rule::entry => {
            "a name"
        }
        Rule::line_id | Rule::record_name | Rule::table_head => "a name",
        Rule::text | Rule::label => "a text in \"quotes\"",
        Rule::number => "a number",
        Rule::money => "an amount of money",
        Rule::quantity => "a quantity",
        Rule::unit | Rule::unit_type | Rule::unit_word => "a unit",
        Rule::field_type | Rule::list_type => "a type",
        Rule::date | Rule::instant => "a date",
        Rule::month | Rule::bill_period => "a month",
        Rule::clock => "a time of day",
        Rule::boolean => "`true` or `false`",
        Rule::window | Rule::window_name | Rule::window_count => "a stretch of time, such as `month`",
        Rule::weekday | Rule::month_name | Rule::calendar_entry => "days or times, such as `mon..fri`",
        Rule::tier => "a tier, such as `up to 50 TB : $23 per TB`",
        Rule::cell => "a cell",
        Rule::action => "`invoice`, `notify`, `hold` or `block`",
        Rule::criterion => "`highest saving` or `lowest rate`",
        Rule::rounding_mode => "`half even`, `up` or `down`",
        Rule::item | Rule::EOI | Rule::doc_line | Rule::docs => "the next declaration",
        _ => return None,
    })
}

/// `a, b or c`
pub(super) fn one_of<T: ToString>(choices: &[T]) -> String {
    let mut words: Vec<String> = choices.iter().map(ToString::to_string).collect();
    match words.pop() {
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} or {last}", words.join(", ")),
        None => String::new(),
    }
}

/// The choice that `word` most likely means, if one is near: a letter wrong in short words, two or three in long ones.
pub(super) fn nearest<'c>(word: &str, choices: &[&'c str]) -> Option<&'c str> {
    let allowed = match word.chars().count() {
        0..=2 => return None,
        3..=4 => 1,
        5..=7 => 2,
        _ => 3,
    };
    let distance = |choice: &str| strsim::damerau_levenshtein(&word.to_lowercase(), choice);
    let nearest = choices.iter().map(|choice| (distance(choice), *choice)).min_by_key(|(distance, _)| *distance)?;
    (nearest.0 <= allowed).then_some(nearest.1)
}
