//! Columns: words of neighbouring lines that stand over one another.
//!
//! A column is a chain of links between two words each. All words start as far left as they can; then links push
//! them to the right until every link holds. Only what must move moves, so laying out twice changes nothing.

use super::lines::{Line, Place, Word};
use crate::syntax::pieces::Kind;

/// When links push so far beyond the longest line they are given up: they can not all hold.
const MAX_PUSH: usize = 400;
/// So many times links push; far fewer suffice where they can hold at all.
const MAX_ROUNDS: usize = 100;

/// Two words, of which the given columns stand over one another.
#[derive(Clone, Copy, Debug)]
struct Link {
    upper: End,
    lower: End,
}

/// A word and a column in it.
#[derive(Clone, Copy, Debug)]
struct End {
    line: usize,
    word: usize,
    column: usize,
}

/// Aligns the words of all lines.
pub(super) fn align(lines: &mut [Line<'_>]) {
    for block in lines.split_mut(|line| line.words.is_empty()) {
        let own = rule_links(block);
        let mut all = written_links(block);
        all.extend(own.iter().copied());
        if !push(block, &all) && !push(block, &own) {
            push(block, &[]);
        }
        hang(block);
    }
}

/// Puts a line that hangs under a word of the line above to its new place.
fn hang(block: &mut [Line<'_>]) {
    for lower in 1..block.len() {
        let Some(under) = block.get(lower).and_then(|line| line.hangs_under) else { continue };
        let above = block.get(lower - 1);
        let at = above.and_then(|line| Some(line.indent + line.words.get(under)?.at));
        if let Some((line, at)) = block.get_mut(lower).zip(at) {
            line.indent = at;
        }
    }
}

/// Pushes words until all links hold; false if they do not come to rest.
fn push(block: &mut [Line<'_>], links: &[Link]) -> bool {
    for line in block.iter_mut() {
        line.words.iter_mut().for_each(|word| word.at = 0);
        line.settle();
    }
    let last_column =
        |block: &[Line<'_>]| block.iter().filter_map(|line| line.words.last()).map(|word| word.at).max().unwrap_or(0);
    let limit = last_column(block) + MAX_PUSH;
    for round in 0..MAX_ROUNDS {
        let mut moved = false;
        let mut push_one = |link: &Link| moved |= hold(block, *link);
        if round % 2 == 0 {
            links.iter().for_each(&mut push_one);
        } else {
            links.iter().rev().for_each(&mut push_one);
        }
        if !moved {
            return true;
        }
        if last_column(block) > limit {
            return false;
        }
    }
    false
}

/// Moves the one of two words that stands too far left; whether it had to.
fn hold(block: &mut [Line<'_>], link: Link) -> bool {
    let column = |end: End, block: &[Line<'_>]| {
        block.get(end.line).and_then(|line| line.words.get(end.word)).map_or(0, |word| word.at + end.column)
    };
    let (upper, lower) = (column(link.upper, block), column(link.lower, block));
    let (end, by) = if upper < lower { (link.upper, lower - upper) } else { (link.lower, upper - lower) };
    if by == 0 {
        return false;
    }
    let Some(line) = block.get_mut(end.line) else { return false };
    if let Some(word) = line.words.get_mut(end.word) {
        word.at += by;
    }
    line.settle();
    true
}

/// Columns that the author has begun.
fn written_links(block: &[Line<'_>]) -> Vec<Link> {
    let mut links = Vec::new();
    for (index, pair) in block.windows(2).enumerate() {
        let [upper, lower] = pair else { continue };
        if upper.is_comment() || lower.is_comment() || upper.indent != lower.indent {
            continue;
        }
        for (at, word) in upper.words.iter().enumerate().skip(1) {
            let twin = lower.words.iter().enumerate().skip(1).find_map(|(below, other)| {
                let (column, other_column) = written_over(word, other)?;
                Some(Link {
                    upper: End { line: index, word: at, column },
                    lower: End { line: index + 1, word: below, column: other_column },
                })
            });
            links.extend(twin);
        }
    }
    links
}

/// The columns of two words that the author has put over one another, by blanks beyond the usual.
fn written_over(word: &Word<'_>, other: &Word<'_>) -> Option<(usize, usize)> {
    let comments = word.piece.kind == Kind::Comment || other.piece.kind == Kind::Comment;
    let close_up = word.gap == 0 || other.gap == 0;
    if comments || close_up || (word.written_gap < 2 && other.written_gap < 2) {
        return None;
    }
    if word.written_at == other.written_at {
        return Some((0, 0));
    }
    if word.piece.kind != Kind::Number && other.piece.kind != Kind::Number {
        return None;
    }
    let edges = |word: &Word<'_>| match word.piece.kind {
        Kind::Number => [word.whole_width(), word.width],
        _ => [word.width, word.width],
    };
    let pairs = edges(word).into_iter().flat_map(|left| edges(other).map(|right| (left, right)));
    pairs.into_iter().find(|(left, right)| word.written_at + left == other.written_at + right)
}

/// Columns that every book has.
fn rule_links(block: &[Line<'_>]) -> Vec<Link> {
    let mut links = Vec::new();
    for lower in 1..block.len() {
        comment_links(block, lower, &mut links);
        if let Some(pair) = block.get(lower - 1).zip(block.get(lower)) {
            colon_link(pair, lower, &mut links);
            expectation_link(pair, lower, &mut links);
        }
        table_links(block, lower, &mut links);
    }
    let is_row = |line: &Line<'_>| position(line, "|").is_some();
    let mut first = 0;
    for run in block.chunk_by(|above, below| is_row(above) == is_row(below)) {
        if run.first().is_some_and(is_row) {
            number_column_links(run, first, &mut links);
        }
        first += run.len();
    }
    links
}

fn position(line: &Line<'_>, sign: &str) -> Option<usize> {
    line.words.iter().position(|word| word.piece.is(sign))
}

fn starts(upper: (usize, usize), lower: (usize, usize)) -> Link {
    let end = |(line, word)| End { line, word, column: 0 };
    Link { upper: end(upper), lower: end(lower) }
}

/// A comment at a line's end stands under the last one above it.
fn comment_links(block: &[Line<'_>], lower: usize, links: &mut Vec<Link>) {
    let comment = |line: &Line<'_>| {
        let last = line.words.len().checked_sub(1).filter(|last| *last > 0)?;
        line.words.get(last).filter(|word| word.piece.kind == Kind::Comment).map(|_| last)
    };
    let Some(here) = block.get(lower).and_then(comment) else { return };
    let indent = block.get(lower).map(|line| line.indent);
    let above = block.get(..lower).unwrap_or(&[]).iter().enumerate().rev();
    let above = above.take_while(|(_, line)| Some(line.indent) == indent && !line.is_comment());
    let twin = above.filter_map(|(index, line)| comment(line).map(|word| (index, word))).next();
    links.extend(twin.map(|twin| starts(twin, (lower, here))));
}

/// The colons of neighbouring fields, columns, tiers and choices.
fn colon_link((above, below): (&Line<'_>, &Line<'_>), lower: usize, links: &mut Vec<Link>) {
    let one_field = |line: &Line<'_>| {
        let colon = position(line, ":")?;
        let plain = line.place == Place::Fields && line.indent > 0;
        let before = line.words.get(..colon)?;
        let opens = before.iter().any(|word| matches!(word.piece.text, "{" | "(" | "[" | "=" | "?"));
        (plain && !opens).then_some(colon)
    };
    if above.indent == below.indent
        && let Some((left, right)) = one_field(above).zip(one_field(below))
    {
        links.push(starts((lower - 1, left), (lower, right)));
    }
}

/// The `=` of neighbouring expectations.
fn expectation_link((above, below): (&Line<'_>, &Line<'_>), lower: usize, links: &mut Vec<Link>) {
    let expects = |line: &Line<'_>| line.words.first().is_some_and(|word| word.piece.is("expect"));
    if expects(above)
        && expects(below)
        && let Some((left, right)) = position(above, "=").zip(position(below, "="))
    {
        links.push(starts((lower - 1, left), (lower, right)));
    }
}

/// The bars of a table's rows, and the numbers between them.
fn table_links(block: &[Line<'_>], lower: usize, links: &mut Vec<Link>) {
    let bars = |line: &Line<'_>| -> Vec<usize> {
        let words = line.words.iter().enumerate();
        words.filter(|(_, word)| word.piece.is("|")).map(|(index, _)| index).collect()
    };
    let Some((above, below)) = block.get(lower - 1).zip(block.get(lower)) else { return };
    for (left, right) in bars(above).into_iter().zip(bars(below)) {
        links.push(starts((lower - 1, left), (lower, right)));
    }
    let columns = if bars(below).is_empty() { 0 } else { bars(below).len() + 1 };
    for cell in 0..columns {
        let Some(here) = number_of_cell(below, cell) else { continue };
        let rows = block.get(..lower).unwrap_or(&[]).iter().enumerate().rev();
        let mut rows = rows.take_while(|(_, line)| position(line, "|").is_some());
        let twin = rows.find_map(|(index, line)| Some((index, number_of_cell(line, cell)?)));
        if let Some((row, there)) = twin {
            let upper = End { line: row, word: there.0, column: there.1 };
            links.push(Link { upper, lower: End { line: lower, word: here.0, column: here.1 } });
        }
    }
}

/// A column of nothing but numbers with as many decimals each stands at the right, under the end of a longer name.
fn number_column_links(table: &[Line<'_>], first: usize, links: &mut Vec<Link>) {
    let Some((head, rows)) = table.split_first() else { return };
    for column in 0..cells(head).len() {
        let Some((name, head_word)) = only_word(head, column) else { continue };
        let numbers: Option<Vec<_>> = rows.iter().map(|row| only_word(row, column)).collect();
        let Some(numbers) = numbers else { continue };
        let decimals = |word: &Word<'_>| word.width - word.whole_width();
        let alike = numbers.windows(2).all(|pair| matches!(pair, [(_, a), (_, b)] if decimals(a) == decimals(b)));
        let Some((below, number)) = numbers.first() else { continue };
        let widest = numbers.iter().map(|(_, word)| word.width).max().unwrap_or(0);
        if alike && widest <= head_word.width && numbers.iter().all(|(_, word)| is_amount(word)) {
            let upper = End { line: first, word: name, column: head_word.width };
            links.push(Link { upper, lower: End { line: first + 1, word: *below, column: number.width } });
        }
    }
}

/// Whether a word is a number or money and no date.
fn is_amount(word: &Word<'_>) -> bool {
    word.piece.kind == Kind::Number && !word.piece.text.contains(['-', ':'])
}

/// The cells of a row: where each begins and ends among its words.
fn cells(line: &Line<'_>) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    for (index, word) in line.words.iter().enumerate() {
        if word.piece.is("|") {
            found.push(start..index);
            start = index + 1;
        }
    }
    let comment = line.words.last().is_some_and(|word| word.piece.kind == Kind::Comment);
    found.push(start..line.words.len() - usize::from(comment));
    found
}

/// The word of a cell that has but one.
fn only_word<'l, 't>(line: &'l Line<'t>, column: usize) -> Option<(usize, &'l Word<'t>)> {
    let cell = cells(line).get(column)?.clone();
    let word = line.words.get(cell.start)?;
    (cell.len() == 1).then_some((cell.start, word))
}

/// The first number in a cell of a row: its index, and the width of its whole part.
fn number_of_cell(line: &Line<'_>, cell: usize) -> Option<(usize, usize)> {
    let mut at = 0;
    for (index, word) in line.words.iter().enumerate() {
        if word.piece.is("|") {
            at += 1;
        } else if at == cell && word.piece.kind == Kind::Number {
            return Some((index, word.whole_width()));
        }
    }
    None
}
