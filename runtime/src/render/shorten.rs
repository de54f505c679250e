//! Very long lines, cut around what is underlined in them, so that a message stays readable.

/// The longest line that is shown whole, in bytes.
pub(super) const MAX_SHOWN: usize = 300;

/// How much is kept on either side of what is underlined.
const AROUND: usize = 60;

/// What stands in the place of what was cut.
const CUT: &str = " .. ";

/// A stretch of bytes, half-open.
pub(super) type Stretch = (usize, usize);

/// The text with its long lines cut, and where the marked stretches lie in it. None where no line is too long.
pub(super) fn shortened(text: &str, marks: &[Stretch]) -> Option<(String, Vec<Stretch>)> {
    if text.split('\n').all(|line| line.len() <= MAX_SHOWN) {
        return None;
    }
    let mut short = String::new();
    let mut moved: Vec<Stretch> = marks.to_vec();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let kept = kept(line, start, marks);
        let before = if kept.0 > 0 { CUT.len() } else { 0 };
        for (mark, to) in marks.iter().zip(&mut moved) {
            if mark.0 >= start && mark.0 < start + line.len() {
                let place =
                    |at: usize| short.len() + before + at.clamp(start + kept.0, start + kept.1) - start - kept.0;
                *to = (place(mark.0), place(mark.1));
            }
        }
        write_line(&mut short, line, kept);
        start += line.len();
    }
    Some((short, moved))
}

/// Which part of a line is shown: all of it, or what lies around its marks, or its beginning.
fn kept(line: &str, start: usize, marks: &[Stretch]) -> Stretch {
    let whole = line.trim_end_matches(['\n', '\r']).len();
    if whole <= MAX_SHOWN {
        return (0, whole);
    }
    let here = marks.iter().filter(|mark| mark.0 >= start && mark.0 < start + line.len());
    let first = here.clone().map(|mark| mark.0 - start).min().unwrap_or(0);
    let last = here.map(|mark| (mark.1 - start).min(whole)).max().unwrap_or(0);
    let from = floor(line, first.saturating_sub(AROUND));
    let to = floor(line, (last + AROUND).min(from + MAX_SHOWN).min(whole));
    (from, to)
}

/// The nearest character's start, not behind a byte.
fn floor(line: &str, mut at: usize) -> usize {
    while !line.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn write_line(short: &mut String, line: &str, (from, to): Stretch) {
    let whole = line.trim_end_matches(['\n', '\r']).len();
    if from > 0 {
        short.push_str(CUT);
    }
    short.push_str(line.get(from..to).unwrap_or(""));
    if to < whole {
        short.push_str(CUT);
    }
    short.push_str(line.get(whole..).unwrap_or(""));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lines_stay() {
        assert_eq!(shortened("a\nb\n", &[(0, 1)]), None);
    }

    #[test]
    fn a_long_line_is_cut_around_its_mark() {
        let text = format!("first\n{}MARK{}\nlast é\n", "x".repeat(1_000), "é".repeat(1_000));
        let mark = (6 + 1_000, 6 + 1_004);
        let (short, moved) = shortened(&text, &[mark]).expect("it is long");
        let (start, end) = moved[0];
        assert_eq!(&short[start..end], "MARK");
        assert!(short.lines().all(|line| line.len() <= MAX_SHOWN + 2 * CUT.len()), "{short}");
        assert!(short.starts_with("first\n .. xxx") && short.ends_with("\nlast é\n"), "{short}");
    }

    #[test]
    fn a_mark_longer_than_a_line_is_cut_too() {
        let text = "y".repeat(2_000);
        let (short, moved) = shortened(&text, &[(0, 2_000)]).expect("it is long");
        assert!(moved[0].1 <= short.len() && moved[0].0 == 0);
    }
}
