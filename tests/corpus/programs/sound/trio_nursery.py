"""Children in a nursery, a channel between them, and a deadline that passes."""

# under: trio
# tasks: 4

import trio


async def produce(send):
    async with send:
        for number in range(5):
            await trio.sleep(0.004)
            await send.send(number)


async def atask(index):
    send, receive = trio.open_memory_channel(10)
    total = 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(produce, send)
        async for number in receive:
            total += number
    with trio.move_on_after(0.02):
        await trio.sleep_forever()
    return total
