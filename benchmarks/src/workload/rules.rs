//! The rules of W3's book as a list. The first that fits counts.

/// Decimal places of a quantity, as the data has it.
pub const QUANTITY_PLACES: u32 = 3;
/// Decimal places of an amount, after rounding.
pub const AMOUNT_PLACES: u32 = 6;
/// What an amount has before rounding more than after: a thousandth of its last place is a quantity's last place.
pub const ROUNDED_AWAY: i64 = 1_000;
/// The least amount, in units of 10^-9.
pub const FLOOR: i64 = 500_000;
/// The greatest amount, in units of 10^-9.
pub const CEILING: i64 = 2_500_000_000;

/// The countries that occur.
pub const COUNTRIES: [&str; 12] = ["US", "CA", "GB", "IN", "BR", "DE", "FR", "JP", "NL", "ES", "AU", "MX"];
/// The plans.
pub const PLANS: [&str; 4] = ["free", "starter", "pro", "enterprise"];
/// The services.
pub const SERVICES: [&str; 4] = ["voice", "sms", "data", "api"];

/// A rule. What is empty or none takes anything.
struct Rule {
    service: &'static str,
    country: &'static str,
    plan: &'static str,
    /// From which quantity on, in thousandths.
    least: i64,
    /// Below which quantity, in thousandths.
    below: i64,
    /// In units of 10^-6.
    rate: i64,
}

const ANY: Rule = Rule { service: "", country: "", plan: "", least: 0, below: i64::MAX, rate: 0 };

/// The book's twenty rules; an `or` in one of them makes it two here.
const RULES: [Rule; 22] = [
    Rule { service: "voice", country: "US", plan: "enterprise", rate: 4_125, ..ANY },
    Rule { service: "voice", country: "US", least: 100_000, rate: 5_375, ..ANY },
    Rule { service: "voice", country: "US", rate: 6_250, ..ANY },
    Rule { service: "voice", country: "CA", rate: 7_125, ..ANY },
    Rule { service: "voice", country: "GB", least: 50_000, rate: 8_333, ..ANY },
    Rule { service: "voice", country: "GB", rate: 9_167, ..ANY },
    Rule { service: "voice", plan: "enterprise", rate: 11_250, ..ANY },
    Rule { service: "voice", rate: 14_875, ..ANY },
    Rule { service: "sms", country: "IN", rate: 2_145, ..ANY },
    Rule { service: "sms", country: "BR", below: 10_000, rate: 3_715, ..ANY },
    Rule { service: "sms", country: "DE", rate: 75_125, ..ANY },
    Rule { service: "sms", country: "FR", rate: 75_125, ..ANY },
    Rule { service: "sms", least: 20_000, below: 200_000, rate: 41_250, ..ANY },
    Rule { service: "sms", rate: 47_375, ..ANY },
    Rule { service: "data", plan: "free", rate: 12_500, ..ANY },
    Rule { service: "data", plan: "pro", least: 500_000, rate: 8_125, ..ANY },
    Rule { service: "data", country: "JP", rate: 10_625, ..ANY },
    Rule { service: "data", rate: 9_375, ..ANY },
    Rule { plan: "enterprise", rate: 875, ..ANY },
    Rule { country: "US", rate: 1_125, ..ANY },
    Rule { least: 1_000_000, rate: 1_125, ..ANY },
    Rule { rate: 1_375, ..ANY },
];

/// The rate, in units of 10^-6.
#[must_use]
pub fn rate(country: &str, plan: &str, service: &str, quantity: i64) -> i64 {
    let takes = |wanted: &str, given: &str| wanted.is_empty() || wanted == given;
    let fits = |rule: &&Rule| {
        takes(rule.service, service)
            && takes(rule.country, country)
            && takes(rule.plan, plan)
            && (rule.least..rule.below).contains(&quantity)
    };
    RULES.iter().find(fits).map_or(0, |rule| rule.rate)
}

/// The amount in units of 10^-6: within floor and ceiling, halves to the even neighbour.
#[must_use]
pub fn amount(rate: i64, quantity: i64) -> i128 {
    let exact = (i128::from(rate) * i128::from(quantity)).clamp(FLOOR.into(), CEILING.into());
    let step = i128::from(ROUNDED_AWAY);
    let (whole, rest) = (exact.div_euclid(step), exact.rem_euclid(step));
    let is_up = rest * 2 > step || (rest * 2 == step && whole % 2 != 0);
    whole + i128::from(is_up)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_the_test_of_the_book_says() {
        let priced = |country, plan, service, quantity| amount(rate(country, plan, service, quantity), quantity);
        assert_eq!(priced("US", "pro", "voice", 80_000), 500_000);
        assert_eq!(priced("US", "pro", "voice", 2_000_000), 2_500_000);
        assert_eq!(priced("NL", "free", "sms", 1), 500);
        assert_eq!(priced("NL", "free", "sms", 199_500), 2_500_000);
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        assert_eq!(amount(1_500, 1_001), 1_502);
        assert_eq!(amount(500, 2_001), 1_000);
        assert_eq!(amount(500, 2_003), 1_002);
    }
}
