//! The price matrix of W1, read from the CSV that its book reads.

use crate::digits;

/// The decimal places of a price for a million tokens.
pub const PLACES: u32 = 4;
/// How many prices there are for a model in a region: input, cached input, output.
pub const PARTS: usize = 3;

const CSV: &str = include_str!("../books/w1_prices.csv");

/// The prices, with the texts by which they are found.
#[derive(Clone, Debug, Default)]
pub struct Matrix {
    /// The models, in the order of the file.
    pub models: Vec<&'static str>,
    /// The regions, in the order of the file.
    pub regions: Vec<&'static str>,
    /// By model, and within a model by region: the prices for a million tokens, in units of 10^-4.
    pub prices: Vec<[i64; PARTS]>,
}

impl Matrix {
    /// From the file.
    #[must_use]
    pub fn read() -> Matrix {
        let mut matrix = Matrix::default();
        for row in CSV.lines().skip(1) {
            let mut cells = row.split(',');
            let (model, region) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
            add(&mut matrix.models, model);
            add(&mut matrix.regions, region);
            let mut price = || cells.next().and_then(|cell| digits::parse_decimal(cell, PLACES));
            let mut narrow = || price().and_then(|price| i64::try_from(price).ok()).unwrap_or(0);
            matrix.prices.push([narrow(), narrow(), narrow()]);
        }
        matrix
    }

    /// The prices of a model in a region.
    #[must_use]
    pub fn price(&self, model: usize, region: usize) -> [i64; PARTS] {
        self.prices.get(model * self.regions.len() + region).copied().unwrap_or_default()
    }
}

fn add(texts: &mut Vec<&'static str>, text: &'static str) {
    if !texts.contains(&text) {
        texts.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_is_whole() {
        let matrix = Matrix::read();
        assert_eq!((matrix.models.len(), matrix.regions.len(), matrix.prices.len()), (40, 5, 200));
        let of = |model, region| {
            let at = |texts: &[&str], text| texts.iter().position(|one| *one == text).expect("it is in the file");
            matrix.price(at(&matrix.models, model), at(&matrix.regions, region))
        };
        assert_eq!(of("openai/gpt-4o", "us-east-1"), [25_000, 2_500, 100_000]);
        assert_eq!(of("openai/gpt-4o", "eu-central-1"), [28_000, 2_800, 112_000]);
    }
}
