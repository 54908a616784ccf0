//! Language packs: there is only English as clients bring it along, in a pack without strings.

use chappe_api::{enums, functions as f, types};

use crate::call::Call;
use crate::limits::LANG_KEYS;
use crate::methods::errors::{Answer, bad_request};

const CODE: &str = "en";
const VERSION: i32 = 1;

/// English in all its variants (`en`, `en-US`, `en_GB`).
fn check(code: &str) -> Answer<()> {
    let language = code.split(['-', '_']).next().unwrap_or_default();
    if language.eq_ignore_ascii_case(CODE) { Ok(()) } else { Err(bad_request("LANG_CODE_NOT_SUPPORTED")) }
}

fn english() -> types::LangPackLanguage {
    types::LangPackLanguage {
        official: true,
        rtl: false,
        beta: false,
        name: "English".to_owned(),
        native_name: "English".to_owned(),
        lang_code: CODE.to_owned(),
        base_lang_code: None,
        plural_code: CODE.to_owned(),
        strings_count: 0,
        translated_count: 0,
        translations_url: String::new(),
    }
}

fn difference(lang_code: String, from_version: i32) -> types::LangPackDifference {
    types::LangPackDifference { lang_code, from_version, version: VERSION, strings: Vec::new() }
}

/// `langpack.getLangPack`
pub(super) async fn get(_: &Call, query: f::langpack::GetLangPack) -> Answer<types::LangPackDifference> {
    check(&query.lang_code)?;
    Ok(difference(query.lang_code, 0))
}

/// `langpack.getDifference`
pub(super) async fn get_difference(
    _: &Call,
    query: f::langpack::GetDifference,
) -> Answer<types::LangPackDifference> {
    if check(&query.lang_code).is_err() {
        return Err(bad_request("LANG_PACK_INVALID"));
    }
    Ok(difference(query.lang_code, query.from_version.clamp(0, VERSION)))
}

/// `langpack.getStrings`
pub(super) async fn get_strings(
    _: &Call,
    query: f::langpack::GetStrings,
) -> Answer<Vec<enums::LangPackString>> {
    check(&query.lang_code)?;
    let keys = query.keys.into_iter().take(LANG_KEYS);
    Ok(keys.map(|key| types::LangPackStringDeleted { key }.into()).collect())
}

/// `langpack.getLanguages`
pub(super) async fn get_languages(
    _: &Call,
    _: f::langpack::GetLanguages,
) -> Answer<Vec<types::LangPackLanguage>> {
    Ok(vec![english()])
}

/// `langpack.getLanguage`
pub(super) async fn get_language(
    _: &Call,
    query: f::langpack::GetLanguage,
) -> Answer<types::LangPackLanguage> {
    check(&query.lang_code)?;
    Ok(english())
}
