// What a person sees of a page that can be filled, pressed or followed. Open shadow roots are looked into.
const [selectors] = arguments;
const elements = [];
const roots = [];
(function collect(root) {
  roots.push(root);
  for (const element of root.querySelectorAll('*')) {
    elements.push(element);
    if (element.shadowRoot) collect(element.shadowRoot);
  }
})(document);
const number = new Map(elements.map((element, at) => [element, at]));
const squeeze = text => (text || '').replace(/\s+/g, ' ').trim();
const shown = e => e.getClientRects().length > 0 && getComputedStyle(e).visibility !== 'hidden' && !e.disabled
  && !e.closest('[aria-hidden=true], [inert]');
const handles = {};
const keep = e => { const at = number.get(e); handles[at] = e; return at; };
const groups = new Map();
const group = e => {
  const form = e.form || e.closest('form');
  if (!groups.has(form)) {
    const method = form ? (form.getAttribute('method') || '').toLowerCase() : '';
    // A form without an action is sent by a script.
    const post = !!form && (method === 'post' || !form.getAttribute('action'));
    groups.set(form, {action: form ? form.getAttribute('action') || '' : '', post, loose: !form, fields: [], buttons: []});
  }
  return groups.get(form);
};
const links = [];
for (const e of elements) {
  const tag = e.localName, type = (e.getAttribute('type') || '').toLowerCase();
  const button = tag === 'button' || e.getAttribute('role') === 'button'
    || tag === 'input' && ['submit', 'button', 'image'].includes(type);
  const field = !button && ['input', 'select', 'textarea'].includes(tag) && type !== 'hidden' && type !== 'reset';
  if (!(button || field || tag === 'a' && e.hasAttribute('href')) || !shown(e)) continue;
  const said = squeeze(e.innerText || e.getAttribute('aria-label') || e.getAttribute('value') || e.title);
  if (button) {
    group(e).buttons.push({at: keep(e), name: e.getAttribute('name') || e.id || '', value: e.getAttribute('value') || '', label: said});
  } else if (field) {
    const labels = [...(e.labels || [])].map(l => squeeze(l.innerText)).join(' ');
    const hints = ['id', 'autocomplete', 'placeholder', 'aria-label'].map(a => e.getAttribute(a) || '').join(' ');
    group(e).fields.push({
      at: keep(e), name: e.name || e.id || '', kind: tag === 'input' ? type || 'text' : tag,
      value: ['checkbox', 'radio'].includes(type) ? e.getAttribute('value') || '' : e.value || '',
      ticked: !!e.checked, hints: (hints + ' ' + labels).toLowerCase(),
    });
  } else {
    links.push({at: keep(e), href: e.getAttribute('href'), label: said});
  }
}
const found = {};
for (const selector of selectors) {
  let hits = [];
  try { hits = roots.flatMap(root => [...root.querySelectorAll(selector)]); } catch { /* no selector */ }
  // What nobody sees cannot be pressed or filled; anything else may be looked for.
  const usable = e => shown(e) || e.type === 'hidden' || !e.matches('button, a, input, select, textarea, [role=button]');
  found[selector] = hits.filter(usable).map(e => keep(e));
}
const heading = document.querySelector('h1, h2');
return {
  ready: document.readyState, url: location.href, handles,
  page: {
    title: squeeze(document.title) || squeeze(heading && heading.innerText),
    text: squeeze(document.body && document.body.innerText).slice(0, 400),
    forms: [...groups.values()], links: links.slice(0, 200), found, refresh: null, submits_itself: false,
  },
};
