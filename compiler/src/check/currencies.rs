//! The currencies of ISO 4217 with their precisions, and those that the book declares.

use super::{Checker, header};
use crate::diagnostic::Diagnostic;
use crate::model::{Currency, Symbol};

/// ISO 4217, by the number of decimal places.
const ISO_4217: [(u32, &str); 4] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY \
         COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS \
         INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR \
         MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD \
         SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER ZAR ZMW ZWG",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
    (4, "CLF UYW"),
];

/// The most decimal places that a book may ask for.
const MAX_PLACES: i128 = 18;

/// The precision of a currency by ISO 4217.
fn iso_places(code: &str) -> Option<u32> {
    ISO_4217
        .iter()
        .find(|(_, codes)| codes.split_ascii_whitespace().any(|known| known == code))
        .map(|(places, _)| *places)
}

impl Checker<'_> {
    /// The declared currencies, for later passes to find by code or symbol.
    pub(super) fn currencies(&mut self) {
        for declared in &self.book.currencies {
            let code = &declared.code;
            if declared.places.is_none() && iso_places(&code.text).is_none() {
                self.report(
                    Diagnostic::error(header::VALUE, format!("`{}` is no currency that ISO 4217 knows", code.text))
                        .label(code.span, "its precision is not known")
                        .help(format!(
                            "write a code such as USD or EUR, or say its precision: `currency {} to 2 places`",
                            code.text
                        )),
                );
            }
            if let Some(places) = &declared.places
                && !places.value.to_i128().is_some_and(|count| (0..=MAX_PLACES).contains(&count))
            {
                self.report(
                    Diagnostic::error(header::VALUE, "a currency has from 0 to 18 places")
                        .label(places.span, "this is not a number of places"),
                );
            }
        }
    }

    /// A currency by its code: a declared one, or one of ISO 4217.
    pub(super) fn currency(&self, code: &str) -> Option<Currency> {
        let declared = self.book.currencies.iter().find(|currency| &*currency.code.text == code);
        let said = declared.and_then(|currency| currency.places.as_ref()).and_then(|places| places.value.to_i128());
        let places = said.and_then(|count| u32::try_from(count).ok()).or_else(|| iso_places(code))?;
        let symbol = declared.and_then(|currency| currency.symbol.as_ref()).map(|symbol| Symbol::clone(&symbol.text));
        Some(Currency { code: code.into(), symbol, places })
    }

    /// A currency as it is written before an amount: by symbol or by code.
    pub(super) fn currency_written(&self, written: &str) -> Option<Currency> {
        let with_symbol =
            |currency: &&crate::hir::Currency| currency.symbol.as_ref().is_some_and(|symbol| &*symbol.text == written);
        match self.book.currencies.iter().find(with_symbol) {
            Some(currency) => self.currency(&currency.code.text),
            None => self.currency(written),
        }
    }
}
