//! The codes of the syntax errors. A code is never used again for another thing.

macro_rules! codes {
    ($($name:ident $code:literal $meaning:literal;)*) => {
        $(#[doc = $meaning] pub const $name: &str = concat!("florin::syntax::", $code);)*
        /// All of them with what they mean, for the list of codes.
        pub const CODES: &[(&str, &str)] = &[$(($name, $meaning)),*];
    };
}

codes! {
    UNEXPECTED "unexpected" "Something stands where the language has no place for it.";
    INCOMPLETE "incomplete" "A line or a declaration ends before it is complete.";
    UNKNOWN_DECLARATION "unknown_declaration" "A line at the top of the book begins with a word that starts no declaration.";
    UNKNOWN_WORD "unknown_word" "A word that the language does not know here, often misspelled.";
    RESERVED_WORD "reserved_word" "A word of the language is used as a name.";
    BAD_NAME "bad_name" "A name has letters that names do not have.";
    UNCLOSED_BRACE "unclosed_brace" "An opening bracket has no closing one.";
    EXTRA_BRACE "extra_brace" "A closing bracket has no opening one.";
    UNCLOSED_TEXT "unclosed_text" "A quoted text has no closing quote on its line.";
    BAD_QUOTES "bad_quotes" "A text stands in other quotes than \"straight double\" ones.";
    BAD_ESCAPE "bad_escape" "A backslash in a text is followed by a letter that means nothing there.";
    MISSING_COLON "missing_colon" "A colon is missing between a name and what it is, or between a tier and its price.";
    MISSING_BAR "missing_bar" "A row of a table has only one cell, without `|`.";
    MISSING_SEPARATOR "missing_separator" "Two parts of a declaration stand on one line without `;` between them.";
    BAD_SEPARATOR "bad_separator" "A comma or another sign stands where a line's end or `;` belongs.";
    BAD_OPERATOR "bad_operator" "An operator of another language, or `=` and `==` taken for each other.";
    MISSING_ELSE "missing_else" "An `if` says not what holds otherwise.";
    BAD_NUMBER "bad_number" "A number is written in a way that the language does not read.";
    BAD_MONEY "bad_money" "An amount of money has its currency in the wrong place.";
    BAD_DATE "bad_date" "A date or a time is written otherwise than `2026-11-03`, or is in no calendar.";
    BAD_COMMENT "bad_comment" "A comment begins otherwise than with `//`, or documentation stands inside a declaration.";
    TOO_DEEP "too_deep" "Brackets or operators nest deeper than the limit.";
    TOO_LARGE "too_large" "The text of a book is larger than the limit.";
    NOT_TEXT "not_text" "The file has bytes that are no text.";
}
