use std::sync::OnceLock;

use chappe_tl::dynamic::Schema;

/// The schema of the API and of the MTProto service messages, for dynamic values; parsed at the first call.
///
/// Where both have a name (`message`), it means the API's.
///
/// ```
/// let schema = chappe_api::api_schema();
/// let chat = schema.object("inputEncryptedChat")?.with("chat_id", 43)?.with("access_hash", -4156887774564_i64)?;
/// assert_eq!(chat.to_bytes()?.len(), 16);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn api_schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = Schema::new();
        // The texts are part of the crate and a test reads them; there is nothing that a caller could do.
        let _ = schema.extend(crate::API_TL);
        let _ = schema.extend_older(crate::MTPROTO_TL);
        schema
    })
}

/// The schema of secret chats, all layers, for dynamic values; parsed at the first call.
///
/// Names mean the newest shape; [`Schema::at_layer`] gives older ones.
pub fn secret_schema() -> &'static Schema {
    static SCHEMA: OnceLock<Schema> = OnceLock::new();
    SCHEMA.get_or_init(|| {
        let mut schema = Schema::new();
        let _ = schema.extend(crate::SECRET_TL);
        schema
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_schemas_are_read() {
        for text in [crate::API_TL, crate::MTPROTO_TL, crate::SECRET_TL] {
            assert!(chappe_tl::dynamic::Schema::parse(text).is_ok());
        }
        assert!(super::api_schema().definition("messages.sendEncryptedService").is_some());
        assert!(super::api_schema().definition("req_pq_multi").is_some());
        assert!(super::secret_schema().definition("decryptedMessageLayer").is_some());
    }

    #[test]
    fn the_layers_are_those_of_the_schemas() {
        assert!(crate::API_TL.contains(&format!("// LAYER {}\n", crate::LAYER)));
        // Sections of the cloud have numbers of their own.
        let sections = crate::SECRET_TL.split("// LAYER ").map(|rest| rest.lines());
        let official = sections.filter_map(|mut lines| {
            let layer = lines.next()?.parse::<i32>().ok()?;
            (lines.next() != Some("// SECTION cloud")).then_some(layer)
        });
        assert_eq!(official.max(), Some(crate::SECRET_LAYER));
    }
}
