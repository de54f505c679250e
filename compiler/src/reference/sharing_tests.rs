//! Accounts that are billed or counted together, each case on a book of a few lines.

use super::account_tests::case;
use crate::model::Symbol;

const PAID: &str = "account {\n parent : account optional\n plan : Plan = pro\n quota : call optional\n}\n\
    bill to account.parent\n";
const FAMILY: &str = "  account \"A\" { }\n  account \"B\" { parent: \"A\" }\n  account \"C\" { parent: \"A\" }";

#[test]
fn a_charge_is_over_all_accounts_of_its_payer() {
    let book = format!("{PAID}charge c from hit {{\n quantity sum(calls) above 5 calls\n price $1 per call\n}}");
    let case = case(&book, FAMILY, &["B 10 4", "A 11 3", "C 12 2"]);
    assert_eq!(case.lines("A"), ["c 4"]);
    assert_eq!(case.rated(), ["r0 A c 0", "r1 A c 2", "r2 A c 2"]);
    assert_eq!(case.reference().accounts().into_iter().collect::<Vec<_>>(), [Symbol::from("A")]);
}

#[test]
fn an_account_is_a_key_like_any_other() {
    let book = format!(
        "{PAID}charge c by account from hit {{\n quantity sum(calls)\n price if account.plan == team then $2 per call \
         else $1 per call\n}}\ncharge p from hit {{\n quantity sum(calls)\n price if payer.plan == team then $2 per call \
         else $1 per call\n}}"
    );
    let accounts = "  account \"A\" { }\n  account \"B\" { parent: \"A\", plan: team }";
    let case = case(&book, accounts, &["B 10 4", "A 11 3"]);
    assert_eq!(case.lines("A"), ["c:A 3", "c:B 8", "p 7"]);
}

#[test]
fn who_pays_may_change_and_pay_for_others_in_turn() {
    let book = format!("{PAID}charge c by account from hit {{\n quantity sum(calls)\n price $1 per call\n}}");
    let accounts =
        "  account \"A\" { }\n  account \"B\" { parent: \"A\" from 2026-03-11 }\n  account \"C\" { parent: \"B\" }";
    let case = case(&book, accounts, &["B 10 1", "C 10 2", "B 11 10", "C 12 20"]);
    assert_eq!(case.lines("A"), ["c:B 10", "c:C 20"]);
    assert_eq!(case.lines("B"), ["c:B 1", "c:C 2"]);
    assert_eq!(case.rated(), ["r0 B c:B 1", "r1 B c:C 2", "r2 A c:B 10", "r3 A c:C 20"]);
}

#[test]
fn whoever_is_paid_for_owes_nothing() {
    let book = format!(
        "{PAID}charge c from hit {{\n quantity sum(calls)\n price $1 per call\n at least $5\n}}\n\
        fee base {{\n price $31 every month\n prorated by day\n}}"
    );
    let accounts =
        "  account \"A\" { }\n  account \"B\" { parent: \"A\" from 2026-03-11 }\n  account \"C\" { parent: \"A\" }";
    let case = case(&book, accounts, &["B 10 1", "B 12 1"]);
    assert_eq!(case.lines("A"), ["c 5", "base 31"]);
    assert_eq!(case.lines("B"), ["c 5", "base 10"]);
    assert_eq!(case.lines("C"), [""; 0]);
}

#[test]
fn a_fee_may_be_due_for_each_account() {
    let book = format!(
        "{}fee seats by account {{\n quantity account.seats\n price $31 each every month\n prorated by day\n}}\n\
         charge c from hit {{\n quantity sum(calls)\n price $1 per call\n}}",
        PAID.replace("quota : call optional", "seats : number = 1")
    );
    let accounts = "  account \"A\" { }\n  account \"B\" { parent: \"A\" from 2026-03-11, seats: 2 }\n  account \"C\" { parent: \"A\" }";
    let case = case(&book, accounts, &["A 10 1"]);
    assert_eq!(case.lines("A"), ["seats:A 31", "seats:B 42", "seats:C 31", "c 1"]);
    assert_eq!(case.lines("B"), ["seats:B 20", "c 0"]);
}

#[test]
fn meters_stay_with_each_account() {
    let book = format!(
        "{PAID}meter used = sum(calls) from hit\nmeter over = used above 3 calls\n\
         charge c {{\n quantity sum(over)\n price $1 per call\n}}\n\
         charge best {{\n quantity max(used)\n price $1 per call\n}}"
    );
    let case = case(&book, FAMILY, &["B 10 4", "A 11 3", "C 12 2", "B 13 5"]);
    assert_eq!(case.lines("A"), ["c 6", "best 9"]);
}

#[test]
fn windows_count_from_each_accounts_own_start() {
    let book = format!(
        "{}meter used per day = sum(calls) from hit\nmeter mean = average(used)\n\
         charge c by account {{\n quantity mean\n price $1 per call\n}}",
        PAID.replace("quota : call", "start : date")
    );
    let accounts = "  account \"A\" { start: 2026-01-01 }\n  account \"B\" { parent: \"A\", start: 2026-03-22 }\n  \
        account \"C\" { parent: \"A\" }";
    let case = case(&book, accounts, &["A 10 31", "B 30 10", "C 31 7"]);
    assert_eq!(case.lines("A"), ["c:A 1", "c:B 1", "c:C 7"]);
}

#[test]
fn accounts_that_pay_for_each_other_have_no_price() {
    let book = format!("{PAID}charge c from hit {{\n quantity sum(calls)\n price $1 per call\n}}");
    let accounts = "  account \"A\" { parent: \"B\" }\n  account \"B\" { parent: \"A\" }";
    let case = case(&book, accounts, &["A 10 1"]);
    assert_eq!(case.unpriced(), ["accounts pay for each other in a circle: \"A\", \"B\", \"A\""]);
}

#[test]
fn who_pays_must_be_known_where_the_book_says_so() {
    let book = "account {\n org : text\n}\nbill to account.org\ncharge c from hit {\n quantity sum(calls)\n \
        price $1 per call\n}";
    let accounts = "  account \"B\" { org: \"A\" }";
    let case = case(book, accounts, &["A 10 1", "B 10 2", "C 10 4"]);
    assert_eq!(case.unpriced(), ["account \"C\" has no `org`"]);
    assert_eq!(case.lines("A"), ["c 3"]);
}

#[test]
fn a_rule_looks_at_each_account_and_an_invoice_at_the_bill() {
    let book = format!(
        "{PAID}charge c from hit {{\n quantity sum(calls)\n price $1 per call\n}}\nmeter used = sum(calls) from hit\n\
         rule quota {{ when used >= account.quota then notify \"used up\" }}\n\
         rule due {{ when unbilled >= $6 then invoice }}"
    );
    let accounts = "  account \"A\" { }\n  account \"B\" { parent: \"A\", quota: 5 calls }\n  account \"C\" { parent: \"A\", quota: 3 calls }";
    let case = case(&book, accounts, &["B 10 4", "C 11 2", "B 12 1", "C 13 1"]);
    let watched = case.reference().watch(&"A".into(), &[]);
    let fired = watched.firings.iter().map(|one| {
        let rule = case.program.rules.get(one.rule).map_or("?", |rule| &rule.name);
        let total = one.invoice.as_ref().map(|invoice| format!(" {}", invoice.total)).unwrap_or_default();
        format!("{rule} {} r{}{total}", one.account, one.record)
    });
    assert_eq!(fired.collect::<Vec<_>>(), ["due A r1 6", "quota B r2", "quota C r3"]);
}

const POOLED: &str = "account {\n group : text\n}\n\
    meter all by account.group pooled over account = sum(calls) from hit\n\
    meter own by account.group = sum(calls) from hit\n";
const GROUPS: &str =
    "  account \"A\" { group: \"g\" }\n  account \"B\" { group: \"g\" }\n  account \"C\" { group: \"h\" }";

#[test]
fn accounts_that_share_a_fact_count_as_one() {
    let book = format!(
        "{POOLED}charge c by account.group {{\n quantity own\n price if all > 5 calls then $1 per call else $2 per call\n}}"
    );
    let case = case(&book, GROUPS, &["A 10 4", "B 11 3", "C 12 2"]);
    assert_eq!(case.lines("A"), ["c:g 4"]);
    assert_eq!(case.lines("B"), ["c:g 3"]);
    assert_eq!(case.lines("C"), ["c:h 4"]);
    assert_eq!(case.rated(), ["r0 A c:g 8", "r1 A c:g -4", "r1 B c:g 3", "r2 C c:h 4"]);
}

#[test]
fn an_account_has_a_part_in_the_groups_that_it_was_in() {
    let book = format!(
        "{POOLED}charge p by account.group {{\n quantity all\n price $1 per call\n}}\n\
        charge q {{\n quantity sum(all)\n price $1 per call\n}}"
    );
    let accounts = "  account \"A\" { group: \"g\", group: \"h\" from 2026-03-11 }\n  account \"B\" { group: \"g\" }\n  \
        account \"C\" { group: \"h\" }";
    let case = case(&book, accounts, &["A 10 1", "B 11 2", "C 12 4", "A 13 8"]);
    assert_eq!(case.lines("A"), ["p:g 3", "p:h 12", "q 15"]);
    assert_eq!(case.lines("B"), ["p:g 3", "q 3"]);
    assert_eq!(case.lines("C"), ["p:h 12", "q 12"]);
}

#[test]
fn an_amount_is_shared_out_to_the_last_cent() {
    let book = format!(
        "{POOLED}meter due by account.group pooled over account = all * $1 per call / 3\n\
         charge s for each account.group {{\n quantity split(due by own over account)\n}}"
    );
    let case = case(&book, GROUPS, &["A 10 4", "B 11 3", "C 12 2"]);
    assert_eq!(case.lines("A"), ["s 1.33"]);
    assert_eq!(case.lines("B"), ["s 1"]);
    assert_eq!(case.lines("C"), ["s 0.67"]);
}

#[test]
fn what_is_pooled_is_over_the_accounts_of_one_payer() {
    let book = format!(
        "{PAID}meter all pooled over account = sum(calls) from hit\nmeter own = sum(calls) from hit\n\
         meter due pooled over account = all * $1 per call / 3\n\
         charge c {{\n quantity all above 5 calls\n price $1 per call\n}}\n\
         charge s by account {{\n quantity split(due by own over account)\n}}"
    );
    let accounts = format!("{FAMILY}\n  account \"D\" {{ }}");
    let case = case(&book, &accounts, &["B 10 4", "A 11 3", "C 12 2", "D 13 30"]);
    assert_eq!(case.lines("A"), ["c 4", "s:A 1", "s:B 1.33", "s:C 0.67"]);
    assert_eq!(case.lines("D"), ["c 25", "s:D 10"]);
}

#[test]
fn a_pooled_fold_goes_from_record_to_record_of_all() {
    let book = "account {\n group : text\n}\nfold running by account.group pooled over account per month from hit {\n \
        state used : call = 0 calls\n next used = used + calls\n yield before : call = used\n}\n\
        fold alone per month from hit {\n state used : call = 0 calls\n next used = used + calls\n yield mine : call = used\n}\n\
        charge c from running {\n quantity sum(before)\n price $1 per call\n}\n\
        charge d from alone {\n quantity sum(mine)\n price $1 per call\n}";
    let case = case(book, GROUPS, &["A 10 4", "B 11 3", "C 12 2", "A 13 1", "B 09 10"]);
    assert_eq!(case.lines("A"), ["c 27", "d 4"]);
    assert_eq!(case.lines("B"), ["c 14", "d 10"]);
    assert_eq!(case.lines("C"), ["c 0", "d 0"]);
}

#[test]
fn whoever_is_not_known_is_in_no_pool() {
    let book = format!("{POOLED}charge p by account.group {{\n quantity all\n price $1 per call\n}}");
    let case = case(&book, GROUPS, &["A 10 1", "X 11 2"]);
    assert_eq!(case.lines("A"), ["p:g 1"]);
    assert_eq!(case.unpriced(), ["account \"X\" has no `group`"]);
}
