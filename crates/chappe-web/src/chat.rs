//! Secret chats.

use chappe::secret::SecretChat;
use chappe_crypto::picture::{KeyVisualization, PALETTE};
use wasm_bindgen::prelude::*;

/// A secret chat.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Chat(SecretChat);

impl Chat {
    pub(crate) fn new(chat: SecretChat) -> Self {
        Self(chat)
    }
}

#[wasm_bindgen]
impl Chat {
    /// Its number.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> i32 {
        self.0.id().0
    }

    /// Waits until both sides have the key.
    ///
    /// # Errors
    /// The other side declines.
    pub async fn ready(&self) -> Result<(), JsError> {
        Ok(self.0.ready().await?)
    }

    /// Sends a text. It has reached the server when this returns.
    ///
    /// # Errors
    /// The chat has ended.
    pub async fn send(&self, text: String) -> Result<(), JsError> {
        self.0.send_text(text).await?;
        Ok(())
    }

    /// The key for comparison with the other side.
    ///
    /// # Errors
    /// There is none yet.
    pub async fn key(&self) -> Result<Key, JsError> {
        Ok(Key(self.0.key().await?))
    }

    /// Ends the chat.
    ///
    /// # Errors
    /// The server cannot be told.
    pub async fn close(&self) -> Result<(), JsError> {
        Ok(self.0.close().await?)
    }
}

/// A key as people compare it: the same on both sides, or somebody is in between.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Key(KeyVisualization);

#[wasm_bindgen]
impl Key {
    /// The picture, row by row: the colour of each cell as CSS writes it.
    #[wasm_bindgen(getter)]
    pub fn colours(&self) -> Vec<String> {
        let colour = |cell: u8| PALETTE.get(usize::from(cell)).copied().unwrap_or_default();
        self.0
            .cells()
            .as_flattened()
            .iter()
            .map(|cell| {
                let [red, green, blue] = colour(*cell);
                format!("#{red:02x}{green:02x}{blue:02x}")
            })
            .collect()
    }

    /// The text form: four lines.
    #[wasm_bindgen(getter)]
    pub fn lines(&self) -> Vec<String> {
        self.0.hex_lines().to_vec()
    }
}
