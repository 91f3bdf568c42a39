"""The local API: schema, codec, a blocking one-shot for commands and an asynchronous client for programs."""
