//! Keyboards under messages.

use chappe_api::enums;

use crate::call::Call;
use crate::methods::errors::Answer;

/// Buttons in one keyboard.
const BUTTONS: usize = 300;

/// A keyboard as a message may have it. Only bots attach some; people's are left out, as of old.
pub(super) async fn check(
    call: &Call,
    markup: Option<enums::ReplyMarkup>,
) -> Answer<Option<enums::ReplyMarkup>> {
    let Some(markup) = markup else { return Ok(None) };
    if !call.user().await?.is_bot {
        return Ok(None);
    }
    let count = match &markup {
        enums::ReplyMarkup::KeyboardMarkup(markup) => markup.rows.iter().map(|row| row.buttons.len()).sum(),
        enums::ReplyMarkup::InlineMarkup(markup) => markup.rows.iter().map(|row| row.buttons.len()).sum(),
        _ => 1_usize,
    };
    if count == 0 {
        return Err(call.refuse(&["REPLY_MARKUP_INVALID"]));
    }
    if count > BUTTONS {
        return Err(call.refuse(&["REPLY_MARKUP_TOO_LONG", "REPLY_MARKUP_INVALID"]));
    }
    Ok(Some(markup))
}
