//! Bots, and those who talk to them.
//!
//! | a bot | uses |
//! |---|---|
//! | puts buttons under a message | [`InlineKeyboard`], [`ReplyKeyboard`] with [`SendMessage::reply_markup`](crate::messages::SendMessage::reply_markup) |
//! | answers whoever pressed a button | [`Client::answer_callback`](crate::Client::answer_callback) |
//! | answers an inline question | [`Client::answer_inline`](crate::Client::answer_inline) |
//! | changes a message that was sent inline | [`Client::edit_inline`](crate::Client::edit_inline) |
//! | says what it understands | [`Client::set_commands`](crate::Client::set_commands) |
//!
//! | somebody else | uses |
//! |---|---|
//! | starts a bot | [`Client::start_bot`](crate::Client::start_bot) |
//! | presses a button | [`Message::press`](crate::Message::press), [`Message::press_data`](crate::Message::press_data) |
//! | asks a bot inline | [`Client::ask_inline`](crate::Client::ask_inline) |
//!
//! Questions come with the updates: `updateBotCallbackQuery`, `updateBotInlineQuery` …
//!
//! Source: <https://core.telegram.org/api/bots>

mod answer_inline;
mod ask_inline;
mod callback;
mod commands;
mod edit_inline;
mod keyboard;
mod press;

pub use answer_inline::{AnswerInline, Article};
pub use ask_inline::{AskInline, InlineResults, SendInlineResult};
pub use callback::AnswerCallback;
pub use commands::SetCommands;
pub use edit_inline::EditInline;
pub use keyboard::{Button, InlineButton, InlineKeyboard, ReplyKeyboard, force_reply, hide_keyboard};
pub use press::Pressed;
