//! The few arguments that the benchmarks take.

/// What stands behind a program's name.
#[derive(Clone, Debug)]
pub struct Arguments(Vec<String>);

impl Arguments {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Arguments {
        Arguments(std::env::args().skip(1).collect())
    }

    /// The first, if it is no option.
    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.0.first().map(String::as_str).filter(|first| !first.starts_with("--"))
    }

    /// What stands behind an option.
    #[must_use]
    pub fn text(&self, option: &str) -> Option<&str> {
        let at = self.0.iter().position(|one| one == option)?;
        self.0.get(at + 1).map(String::as_str)
    }

    /// The number behind an option, or what it is without.
    ///
    /// # Errors
    /// A sentence where it is no number.
    pub fn number(&self, option: &str, without: u64) -> Result<u64, String> {
        let parse = |text: &str| text.replace('_', "").parse().map_err(|_| format!("{option} {text} is no number"));
        self.text(option).map_or(Ok(without), parse)
    }
}
