"use strict";
{
  // Everything the page tells of thresholds comes from sums on or above each cut.
  const section = document.getElementById("what-if");
  const told = JSON.parse(document.getElementById("what-if-sums").textContent);
  const TIERS = ["hot", "warm", "cold"];
  const [STANDING, CAUGHT, WORKED, WON_WHEN_WORKED] = [0, 1, 2, 3];
  // A message in the page's language, its places filled in.
  const say = (message, values = {}) =>
    (told.words[message] ?? message).replace(/\{(\w+)(:d)?\}/g, (_, name) => values[name]);
  const tierWords = {hot: say("hot"), warm: say("warm"), cold: say("cold")};
  const part = name => section.querySelector(`[data-part="${name}"]`);
  const sliders = {hot: part("hot"), warm: part("warm")};
  const last = told.cuts.length - 1;

  // One list of sums for the leads as they were, then one for each draw of leads.
  const tables = (() => {
    const bytes = atob(told.sums);
    let at = 0;
    const next = () => {
      let value = 0, scale = 1, byte;
      do {
        byte = bytes.charCodeAt(at++);
        value += (byte & 127) * scale;
        scale *= 128;
      } while (byte & 128);
      return value % 2 ? -(value + 1) / 2 : value / 2;
    };
    const read = first => [0, 1, 2, 3].map(
      kind => told.cuts.map((_, cut) => next() + (first ? first[kind][cut] : 0)));
    const summed = steps => steps.map(row => {
      const sums = row.slice();
      for (let cut = last - 1; cut >= 0; cut--) sums[cut] += sums[cut + 1];
      return sums;
    });
    const first = read(null);
    return [summed(first), ...Array.from({length: told.draws}, () => summed(read(first)))];
  })();

  const figuresOf = (sums, {hot, warm}) => {
    const won = sums[CAUGHT][0], called = sums[WORKED][hot], nurtured = sums[WORKED][warm];
    const paid = sums[WON_WHEN_WORKED];
    return {
      hot: sums[STANDING][hot] / told.standing_over,
      warm: (sums[STANDING][warm] - sums[STANDING][hot]) / told.standing_over,
      caught_hot: sums[CAUGHT][hot] / won,
      caught_warm: sums[CAUGHT][warm] / won,
      precision: paid[hot] / called,
      call_cost: told.call * called / told.flowing_over,
      call_profit: (told.win * paid[hot] - told.call * called) / told.flowing_over,
      nurture_cost: told.nurture * nurtured / told.flowing_over,
      nurture_profit: (told.win * paid[warm] - told.nurture * nurtured) / told.flowing_over,
    };
  };

  const quantile = (sorted, share) => {
    const place = (sorted.length - 1) * share, below = Math.floor(place), t = place - below;
    const a = sorted[below], b = sorted[Math.min(below + 1, sorted.length - 1)];
    return t < 0.5 ? a + (b - a) * t : b - (b - a) * (1 - t);
  };

  const withInterval = (key, values, called) => {
    const [value, ...draws] = values;
    if (key === "precision" && called < told.min_leads) {
      return {value: NaN, why: say("too few: {n:d} leads, {needed:d} needed", {n: called, needed: told.min_leads})};
    }
    const known = draws.filter(Number.isFinite).sort((a, b) => a - b);
    if (!Number.isFinite(value) || known.length < 0.95 * draws.length) {
      return {value, why: say("too few leads for an interval")};
    }
    return {value, low: quantile(known, 0.025), high: quantile(known, 0.975)};
  };

  const columnsAt = at => {
    const before = tables.map(sums => figuresOf(sums, inForce));
    const after = tables.map(sums => figuresOf(sums, at));
    const called = [inForce, at].map(pair => tables[0][WORKED][pair.hot]);
    const fewest = Math.min(...called);
    return Object.fromEntries(told.rows.map(({key}) => [key, {
      in_force: withInterval(key, before.map(each => each[key]), called[0]),
      considered: withInterval(key, after.map(each => each[key]), called[1]),
      difference: withInterval(key, after.map((each, i) => each[key] - before[i][key]), fewest),
    }]));
  };

  const tierOf = (cut, {hot, warm}) => (cut >= hot ? 0 : cut >= warm ? 1 : 2);
  const movesAt = at => {
    const moves = TIERS.map(() => TIERS.map(() => ({n: 0, won: 0})));
    told.cuts.forEach((_, cut) => {
      const move = moves[tierOf(cut, inForce)][tierOf(cut, at)];
      move.n += told.last[0][cut];
      move.won += told.last[1][cut];
    });
    return moves;
  };

  // Numbers are written as in the rest of the page: an exact half goes to the even digit.
  const rounded = (size, digits) => {
    const up = size.toFixed(digits), exact = size.toFixed(60);
    const cut = exact.length - 60 + digits - (digits ? 0 : 1);
    const isHalf = /^\.?50*$/.test(exact.slice(cut));
    return isHalf && Number(exact[cut - 1]) % 2 === 0 ? exact.slice(0, cut) : up;
  };
  const number = (value, digits, {sign = false} = {}) => {
    if (!Number.isFinite(value)) return "–";
    const [whole, ...rest] = rounded(Math.abs(value), digits).split(".");
    const text = [whole.replace(/\B(?=(\d{3})+$)/g, told.written.group), ...rest].join(told.written.decimal);
    if (!/[1-9]/.test(text)) return text;
    return (value < 0 ? "\u2212" : sign ? "+" : "") + text;
  };
  const WRITTEN = {
    count: (value, options) => number(value, 1, options),
    share: (value, options) => number(100 * value, 1, options) + (Number.isFinite(value) ? told.written.percent : ""),
    money: (value, options) => number(value, 0, options),
  };
  const spread = (figure, kind, options) => figure.why
    || say("{low} to {high}", {low: bare(kind, figure.low, options), high: bare(kind, figure.high, options)}).replace(" ", "\u00a0");
  const bare = (kind, value, options) => WRITTEN[kind](value, options).replace(told.written.percent, "");
  const points = cut => String(told.cuts[cut]).replace(".", told.written.decimal);
  const pairAt = places => ({hot: places[0], warm: places[1]});
  const inForce = pairAt(told.in_force);
  const position = pairAt(told.start);

  const fill = (cell, figure, kind, options) => {
    cell.dataset.value = figure.value;
    cell.dataset.low = figure.low;
    cell.dataset.high = figure.high;
    const small = document.createElement("small");
    small.textContent = spread(figure, kind, options);
    cell.replaceChildren(WRITTEN[kind](figure.value, options), small);
  };

  const per = told.is_dated ? say("a week") : say("per 1,000 leads");
  const inEuros = n => say("EUR {n} {per}", {n, per});
  const euros = value => inEuros(number(Math.abs(value), 0));
  const against = (figure, words) => {
    const {value, low, high, why} = figure;
    const range = (from, to, options) =>
      say("(95% {low} to {high})", {low: number(from, 0, options), high: number(to, 0, options)});
    if (why) return say("{words}: {why}", {words, why});
    if (low === 0 && high === 0) return say("{words} earns the same", {words});
    const money = euros(value);
    if (low > 0) return say("{words} earns {money} more {range}", {words, money, range: range(low, high)});
    if (high < 0) return say("{words} earns {money} less {range}", {words, money, range: range(-high, -low)});
    const sign = {sign: true};
    return say("{words} makes no clear difference: {money} {range}",
      {words, money: inEuros(number(value, 0, sign)), range: range(low, high, sign)});
  };
  const sentence = found => {
    const now = key => found[key].considered.value;
    const profit = now("call_profit");
    const volumes = say("{hot} hot and {warm} warm leads {per}.",
      {hot: WRITTEN.count(now("hot")), warm: WRITTEN.count(now("warm")), per});
    const values = {share: WRITTEN.share(now("caught_hot")), money: euros(profit)};
    const calls = profit < 0
      ? say("Calling the hot catches {share} of the wins and loses {money}.", values)
      : say("Calling the hot catches {share} of the wins and earns {money}.", values);
    const what = `${volumes} ${calls}`;
    if (position.hot === inForce.hot && position.warm === inForce.warm) {
      return `${what} ${say("These are the thresholds in force.")}`;
    }
    const calling = against(found.call_profit.difference, say("calling the hot"));
    const nurturing = against(found.nurture_profit.difference, say("nurturing the warm or hotter"));
    return `${what} ${say("Against those in force: {calling}; {nurturing}.", {calling, nurturing})}`;
  };

  // The picture: a bar for each stretch of score, and two lines that follow the sliders.
  const bars = (() => {
    const picture = part("bars");
    const wide = told.cuts.map((cut, i) => (i < last ? told.cuts[i + 1] : cut + 1) - cut);
    const tall = Math.max(...told.last[0].map((n, i) => n / wide[i]));
    const bar = (cut, n, name) => {
      const shape = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const height = 100 * n / wide[cut] / tall;
      Object.entries({x: told.cuts[cut], y: 100 - height, width: wide[cut] * 0.86, height, class: name})
        .forEach(([key, value]) => shape.setAttribute(key, value));
      picture.append(shape);
      return shape;
    };
    return told.cuts.map((_, cut) => {
      const whole = bar(cut, told.last[0][cut], "cold");
      bar(cut, told.last[1][cut], "won");
      return whole;
    });
  })();

  const draw = moves => {
    bars.forEach((shape, cut) => shape.setAttribute("class", TIERS[tierOf(cut, position)]));
    const counts = TIERS.map((_, to) => moves.reduce((sum, from) => sum + from[to].n, 0));
    for (const name of ["hot", "warm"]) {
      const line = part(`${name}-line`);
      line.style.left = `${told.cuts[position[name]]}%`;
      // A label that would leave the picture goes to the other side, one line higher.
      const isAside = name === "hot" ? told.cuts[position.hot] > 80 : told.cuts[position.warm] < 18;
      line.classList.toggle("aside", isAside);
      line.firstElementChild.textContent = `${tierWords[name]} ${points(position[name])}`;
    }
    part("picture").setAttribute("aria-label", say("Leads by score at their last look:") + " "
      + TIERS.map((tier, i) => `${number(counts[i], 0)} ${tierWords[tier]}`).join(", "));
    TIERS.forEach((tier, i) => { part(`${tier}-count`).textContent = number(counts[i], 0); });
  };

  const show = () => {
    const found = columnsAt(position), moves = movesAt(position);
    for (const {key, kind} of told.rows) {
      const row = section.querySelector(`tr[data-row="${key}"]`);
      for (const [column, figure] of Object.entries(found[key])) {
        fill(row.querySelector(`[data-column="${column}"]`), figure, kind, {sign: column === "difference"});
      }
    }
    part("called").textContent = number(tables[0][WORKED][position.hot], 0);
    moves.forEach((row, from) => row.forEach(({n, won}, to) => {
      const small = document.createElement("small");
      small.textContent = say("{n:d} won", {n: number(won, 0)});
      const cell = part(`${TIERS[from]}-${TIERS[to]}`);
      [cell.dataset.n, cell.dataset.won] = [n, won];
      cell.replaceChildren(number(n, 0), small);
    }));
    for (const name of ["hot", "warm"]) {
      sliders[name].value = position[name];
      part(`${name}-points`).textContent = points(position[name]);
      const leads = number(found[name].considered.value, 1);
      const values = {points: points(position[name]), n: leads, per};
      sliders[name].setAttribute("aria-valuetext", name === "hot"
        ? say("hot from {points} points: {n} leads {per}", values)
        : say("warm from {points} points: {n} leads {per}", values));
    }
    for (const button of section.querySelectorAll("button[data-pair]")) {
      const pair = pairAt(told[button.dataset.pair]);
      button.setAttribute("aria-pressed", String(pair.hot === position.hot && pair.warm === position.warm));
    }
    part("sentence").textContent = sentence(found);
    draw(moves);
  };

  // A slider stops beside the other one: hot stays above warm.
  sliders.hot.addEventListener("input", () => {
    position.hot = Math.max(Number(sliders.hot.value), position.warm + 1);
    show();
  });
  sliders.warm.addEventListener("input", () => {
    position.warm = Math.min(Number(sliders.warm.value), position.hot - 1);
    show();
  });
  for (const button of section.querySelectorAll("button[data-pair]")) {
    button.addEventListener("click", () => {
      Object.assign(position, pairAt(told[button.dataset.pair]));
      show();
    });
  }
  for (const slider of Object.values(sliders)) slider.max = last;
  show();
  section.hidden = false;
  document.getElementById("what-if-idle").hidden = true;
}
