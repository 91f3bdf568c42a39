"""Answers every message with the same text. Run beside a node: python examples/echo_bot.py"""

import asyncio

from coterie.api import client


async def main() -> None:
    async with client.connect() as node:
        async for event in node.events():
            if (message := event.message) and message.state == "received":
                await node.send(message.conversation, f"echo: {message.text}", client_id=f"echo {message.id}")


asyncio.run(main())
