//! Keyboards under messages.

use chappe_api::{enums, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::peer;

/// Buttons in one keyboard.
const BUTTONS: usize = 300;
/// Bytes of data in one button.
const DATA: usize = 64;

/// A keyboard as a message may have it. Only bots attach some; people's are left out, as of old.
pub(in crate::methods) async fn check(
    call: &Call,
    markup: Option<enums::ReplyMarkup>,
) -> Answer<Option<enums::ReplyMarkup>> {
    let Some(mut markup) = markup else { return Ok(None) };
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
    if let enums::ReplyMarkup::InlineMarkup(markup) = &mut markup {
        for button in markup.rows.iter_mut().flat_map(|row| &mut row.buttons) {
            name_user(call, button).await?;
            check_button(call, button)?;
        }
    }
    Ok(Some(markup))
}

/// Whoever sees a button that leads to somebody gets a number. Its bot has to know them: a bare number is none.
async fn name_user(call: &Call, button: &mut types::KeyboardInlineButton) -> Answer<()> {
    use enums::InlineButtonType as B;
    let named = match &button.r#type {
        B::InputInlineButtonTypeUserProfile(named) => peer::find(call, &named.user_id).await?,
        B::UserProfile(_) => None,
        _ => return Ok(()),
    };
    let user = named.ok_or_else(|| call.refuse(&["BUTTON_USER_INVALID", "REPLY_MARKUP_INVALID"]))?;
    button.r#type = types::InlineButtonTypeUserProfile { user_id: user.id }.into();
    Ok(())
}

/// A button under a message: what it says, what it does.
fn check_button(call: &Call, button: &types::KeyboardInlineButton) -> Answer<()> {
    use enums::InlineButtonType as B;
    let error = match &button.r#type {
        B::Callback(callback) if callback.data.is_empty() || callback.data.len() > DATA => {
            "BUTTON_DATA_INVALID"
        }
        B::Url(button) if !button.url.contains("://") && !button.url.contains('.') => "BUTTON_URL_INVALID",
        B::Copy(button) if button.copy_text.is_empty() => "BUTTON_COPY_TEXT_INVALID",
        B::Callback(_) | B::Url(_) | B::SwitchInline(_) | B::Copy(_) | B::UserProfile(_) | B::Disabled
            if !button.text.is_empty() =>
        {
            return Ok(());
        }
        // Games, payments and pages inside of the client are not served.
        _ => "BUTTON_TYPE_INVALID",
    };
    Err(call.refuse(&[error, "REPLY_MARKUP_INVALID"]))
}
