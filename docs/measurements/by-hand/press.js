const TelegramServer = require('telegram-test-api');
const S = TelegramServer.default || TelegramServer;
(async () => {
  const server = new S({port: 9100, host: '127.0.0.1'});
  await server.start();
  console.log('telegram-test-api listening', server.config.apiURL);
  const client = server.getClient('123456:test-token', {chatId: 1001, userId: 1001, firstName: 'Binh'});
  const t0 = Date.now();
  let pressed = false;
  setInterval(async () => {
    const h = server.storage.botMessages;
    for (const m of h) if (!m._seen) { m._seen = true; console.log(new Date().toISOString(), 'BOT', m.messageId, JSON.stringify(m.message).slice(0, 900));
      if (!pressed && m.message.reply_markup) { pressed = true;
        const markup = typeof m.message.reply_markup === 'string' ? JSON.parse(m.message.reply_markup) : m.message.reply_markup;
        const data = markup.inline_keyboard[0][0].callback_data;
        const cb = client.makeCallbackQuery(data, {message: {message_id: m.messageId, chat: {id: 1001, type: 'private'}, date: Math.floor(Date.now()/1000), text: m.message.text}});
        console.log(new Date().toISOString(), 'PRESS', data.length, 'characters');
        await client.sendCallback(cb);
      } }
  }, 50);
  setTimeout(() => process.exit(0), 40000);
})();
