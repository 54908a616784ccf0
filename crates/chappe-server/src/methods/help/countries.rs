//! `help.getCountriesList`

use chappe_api::{enums, functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;

/// Of the list below; another one with each change.
const HASH: i32 = 1;

/// ISO code, name, calling code, and how a number is grouped, if everybody groups it the same way.
const COUNTRIES: [(&str, &str, &str, &str); 31] = [
    ("AR", "Argentina", "54", ""),
    ("AT", "Austria", "43", ""),
    ("AU", "Australia", "61", "XXX XXX XXX"),
    ("BE", "Belgium", "32", "XXX XX XX XX"),
    ("BR", "Brazil", "55", "XX XXXXX XXXX"),
    ("CH", "Switzerland", "41", "XX XXX XX XX"),
    ("CN", "China", "86", "XXX XXXX XXXX"),
    ("CZ", "Czechia", "420", "XXX XXX XXX"),
    ("DE", "Germany", "49", ""),
    ("DK", "Denmark", "45", "XX XX XX XX"),
    ("EG", "Egypt", "20", "XX XXXX XXXX"),
    ("ES", "Spain", "34", "XXX XXX XXX"),
    ("FI", "Finland", "358", ""),
    ("FR", "France", "33", "X XX XX XX XX"),
    ("GB", "United Kingdom", "44", "XXXX XXXXXX"),
    ("GR", "Greece", "30", "XXX XXX XXXX"),
    ("IN", "India", "91", "XXXXX XXXXX"),
    ("IT", "Italy", "39", "XXX XXX XXXX"),
    ("JP", "Japan", "81", "XX XXXX XXXX"),
    ("KE", "Kenya", "254", "XXX XXX XXX"),
    ("MX", "Mexico", "52", ""),
    ("NG", "Nigeria", "234", "XXX XXX XXXX"),
    ("NL", "Netherlands", "31", "X XX XX XX XX"),
    ("NO", "Norway", "47", "XXXX XXXX"),
    ("PL", "Poland", "48", "XXX XXX XXX"),
    ("PT", "Portugal", "351", "XXX XXX XXX"),
    ("SE", "Sweden", "46", "XX XXX XX XX"),
    ("TR", "Turkey", "90", "XXX XXX XXXX"),
    ("UA", "Ukraine", "380", "XX XXX XX XX"),
    ("US", "USA", "1", "XXX XXX XXXX"),
    // The numbers for tests.
    ("YL", "Test numbers", "999", "66 X XXXX"),
];

pub(crate) async fn handle(
    _: &Call,
    query: functions::help::GetCountriesList,
) -> Answer<enums::help::CountriesList> {
    if query.hash == HASH {
        return Ok(enums::help::CountriesList::NotModified);
    }
    let country = |(iso2, name, code, pattern): (&str, &str, &str, &str)| types::help::Country {
        hidden: false,
        iso2: iso2.to_owned(),
        default_name: name.to_owned(),
        name: None,
        country_codes: vec![types::help::CountryCode {
            country_code: code.to_owned(),
            prefixes: None,
            patterns: (!pattern.is_empty()).then(|| vec![pattern.to_owned()]),
        }],
    };
    Ok(types::help::CountriesList { countries: COUNTRIES.into_iter().map(country).collect(), hash: HASH }
        .into())
}
