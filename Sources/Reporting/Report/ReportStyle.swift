extension ReportTemplate {
  /// The page's style sheet; colours are named once, for light and for dark.
  static let style = """
    :root {
      --paper: #fbfbf9; --card: #ffffff; --ink: #1b1f24; --muted: #5a636e; --line: #dfe2e6;
      --baseline: #7c8591; --method: #0a6c8c; --extra: #8a6d1f; --wrong: #b4372c; --caution: #8a5a00;
      --s0: #0a6c8c; --s1: #c0561b; --s2: #5a7d2a; --s3: #7750ad; --s4: #a17d12; --s5: #6b7480;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --paper: #131619; --card: #1a1e22; --ink: #e7e9eb; --muted: #a0a9b3; --line: #30363d;
        --baseline: #98a2ae; --method: #58bfe0; --extra: #d0ad53; --wrong: #ee7d6e; --caution: #e2b15b;
        --s0: #58bfe0; --s1: #ee9160; --s2: #a3c76a; --s3: #b99be8; --s4: #d9ba55; --s5: #a0a9b3;
      }
    }
    * { box-sizing: border-box; }
    html { -webkit-text-size-adjust: 100%; }
    body {
      margin: 0; background: var(--paper); color: var(--ink);
      font: 16px/1.55 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
    }
    main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
    header { padding: 3rem 0 0.5rem; }
    h1 { font-size: 2.1rem; line-height: 1.15; letter-spacing: -0.015em; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 1.25rem; letter-spacing: -0.005em; margin: 0 0 0.9rem; }
    h3 { font-size: 1.05rem; margin: 0 0 0.8rem; }
    p { margin: 0; }
    section { margin-top: 2.75rem; }
    .eyebrow { color: var(--muted); font-size: 0.85rem; margin-bottom: 0.4rem; }
    .lead { color: var(--muted); margin-top: 0.5rem; }
    .note { color: var(--muted); font-size: 0.875rem; max-width: 44rem; }
    h2 + .note, h3 + .note { margin: -0.55rem 0 0.9rem; }
    .result { margin-top: 1.75rem; }
    .figures { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1.5rem; margin: 0; }
    .figures > div { border-top: 3px solid var(--line); padding-top: 0.7rem; }
    .figures > .baseline { border-color: var(--baseline); }
    .figures > .method { border-color: var(--method); }
    .figures > .difference { border-color: var(--ink); }
    .figures dt { color: var(--muted); font-size: 0.9rem; overflow-wrap: anywhere; }
    .figures dd { margin: 0; font-size: 2.4rem; line-height: 1.2; font-weight: 650; letter-spacing: -0.02em;
      font-variant-numeric: tabular-nums; }
    .figures dd.interval { font-size: 0.9rem; font-weight: 400; letter-spacing: 0; line-height: 1.5;
      color: var(--muted); }
    .verdict { margin-top: 1.6rem; max-width: 46rem; font-size: 1.08rem; }
    .verdict.null { border-left: 3px solid var(--caution); padding-left: 0.9rem; }
    .headline { max-width: 46rem; color: var(--muted); }
    .headline span { display: block; color: var(--ink); font-size: 3.2rem; line-height: 1.15; font-weight: 650;
      letter-spacing: -0.025em; font-variant-numeric: tabular-nums; }
    .warnings { border-left: 3px solid var(--caution); padding-left: 1rem; }
    .warnings h2, .warnings h3 { color: var(--caution); margin-bottom: 0.3rem; }
    .warnings ul { margin: 0; padding: 0; list-style: none; }
    .warnings b { font-weight: 600; margin-right: 0.4rem; font-variant-numeric: tabular-nums; }
    .charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 1.25rem; align-items: start; }
    figure { margin: 0; }
    .chart { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 1rem 1.1rem; }
    .chart figcaption { font-weight: 600; }
    .chart svg { display: block; width: 100%; height: auto; margin-top: 0.5rem; }
    .chart .note { margin-top: 0.5rem; }
    .legend { display: flex; flex-wrap: wrap; gap: 0.15rem 1.1rem; margin: 0.2rem 0 0; padding: 0;
      list-style: none; font-size: 0.85rem; color: var(--muted); }
    .legend b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
    .swatch { display: inline-block; width: 0.9rem; height: 3px; border-radius: 2px; vertical-align: middle;
      margin-right: 0.4rem; background: currentColor; }
    .swatch.dashed { background: repeating-linear-gradient(90deg, currentColor 0 5px, transparent 5px 8px); }
    .swatch.dotted { background: repeating-linear-gradient(90deg, currentColor 0 2px, transparent 2px 5px); }
    svg text { font: 12px system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
      fill: var(--muted); font-variant-numeric: tabular-nums; }
    svg text.name { fill: var(--ink); font-weight: 600; }
    svg text.value { fill: var(--ink); font-size: 13px; font-weight: 650; }
    svg text.quiet { font-size: 11px; }
    .grid, .rule { stroke: var(--line); stroke-width: 1; }
    .zero { stroke: var(--ink); stroke-width: 1.2; }
    .pair { stroke: var(--muted); stroke-width: 1; opacity: 0.45; }
    .curve { fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linejoin: round; stroke-linecap: round; }
    .mark { fill: currentColor; }
    .curve.dashed { stroke-dasharray: 7 5; } .curve.dotted { stroke-dasharray: 0.1 5; stroke-width: 2.4; }
    .mark.dashed, .mark.dotted { fill: var(--card); stroke: currentColor; stroke-width: 1.7; }
    line.interval { stroke: currentColor; stroke-width: 2.6; stroke-linecap: round; }
    svg .baseline { color: var(--baseline); } svg .method { color: var(--method); } svg .extra { color: var(--extra); }
    .s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); }
    .s3 { color: var(--s3); } .s4 { color: var(--s4); } .s5 { color: var(--s5); }
    .scroll { overflow-x: auto; margin-bottom: 1rem; }
    table { border-collapse: collapse; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
    th, td { text-align: right; padding: 0.4rem 0 0.4rem 1.75rem; border-bottom: 1px solid var(--line);
      white-space: nowrap; font-weight: 400; }
    th:first-child { text-align: left; padding-left: 0; font-weight: 600; }
    thead th { color: var(--muted); font-weight: 400; font-size: 0.85rem; vertical-align: bottom; }
    thead th:first-child { font-weight: 400; }
    tr.head th { padding-top: 1rem; color: var(--muted); font-weight: 600; }
    .word { text-align: left; }
    tr.null td { color: var(--muted); }
    tr small { color: var(--muted); }
    .group > h3 { margin-top: 1.6rem; }
    .group table { font-size: 0.84rem; }
    .group th, .group td { padding-left: 0.8rem; }
    .group th:first-child { padding-left: 0; }
    .note + .note, .note + details { margin-top: 0.9rem; }
    .findings { margin: 0 0 1.2rem; padding-left: 1.1rem; max-width: 52rem; }
    table + .note, .scroll + .note { margin: -0.4rem 0 1.6rem; }
    a { color: var(--method); text-underline-offset: 2px; }
    .closer { border-top: 1px solid var(--line); padding-top: 2rem; margin-top: 3.25rem; }
    .closer h2 { margin: 0; }
    .closer + section { margin-top: 1.5rem; }
    .strip { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 1.1rem; }
    .strip img { width: 100%; display: block; border-radius: 3px; }
    .mistakes { display: grid; grid-template-columns: repeat(auto-fill, minmax(6.6rem, 1fr)); gap: 1rem 0.9rem; }
    .restored img { max-width: 100%; display: block; border-radius: 3px; }
    .mistakes img { width: 100%; max-width: 8rem; display: block; image-rendering: pixelated; border-radius: 3px; }
    .strip figcaption, .mistakes figcaption { font-size: 0.8rem; line-height: 1.35; color: var(--muted);
      margin-top: 0.3rem; font-variant-numeric: tabular-nums; }
    .confusion { border-collapse: separate; border-spacing: 2px; font-size: 0.85rem; }
    .confusion caption { text-align: left; color: var(--muted); font-size: 0.875rem; padding-bottom: 0.5rem; }
    .confusion th, .confusion td { border: 0; padding: 0.25rem 0.3rem; text-align: center; min-width: 2.5rem; }
    .confusion tbody th { text-align: right; padding-right: 0.6rem; font-weight: 400; color: var(--muted); }
    .confusion thead th:first-child { text-align: center; }
    .confusion.long thead th span { writing-mode: vertical-rl; transform: rotate(180deg); }
    .confusion td.right, .confusion td.wrong, .confusion td.none { height: 2.1rem; border-radius: 3px; }
    .confusion td.right { background: color-mix(in srgb, var(--method) var(--tint), var(--card)); }
    .confusion td.wrong { background: color-mix(in srgb, var(--wrong) var(--tint), var(--card)); }
    .confusion td.none { background: var(--card); }
    .confusion .recognized { color: var(--muted); padding-left: 0.8rem; }
    .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: 0.5rem 2rem;
      margin: 0 0 1rem; font-size: 0.92rem; }
    .facts dt { color: var(--muted); font-size: 0.85rem; }
    .facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
    details { border-top: 1px solid var(--line); padding: 0.7rem 0; }
    details:last-child { border-bottom: 1px solid var(--line); }
    summary { cursor: pointer; font-weight: 600; }
    details .facts { margin: 0.8rem 0 0.4rem; }
    pre { margin: 0.7rem 0 0.3rem; overflow-x: auto; font: 0.82rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas,
      monospace; }
    footer { color: var(--muted); font-size: 0.85rem; padding-top: 2.5rem; padding-bottom: 3rem; }
    @media (max-width: 46rem) {
      main, footer { padding-left: 1.1rem; padding-right: 1.1rem; }
      header { padding-top: 1.75rem; }
      h1 { font-size: 1.65rem; }
      section { margin-top: 2.25rem; }
      .charts, .figures { grid-template-columns: minmax(0, 1fr); }
      .figures { gap: 1rem; }
      .figures dd { font-size: 2rem; }
      .headline span { font-size: 2.6rem; }
      .chart { padding: 0.85rem 0.8rem; }
      svg text.tick { font-size: 14px; }
      th, td { padding-left: 1.1rem; }
      .confusion th, .confusion td { min-width: 1.7rem; padding: 0.15rem; }
      .confusion { font-size: 0.75rem; border-spacing: 1px; }
      .strip { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.8rem; }
      .mistakes { grid-template-columns: repeat(auto-fill, minmax(5.2rem, 1fr)); }
    }
    @media print { .chart { break-inside: avoid; } details > * { display: block; } }
    """
}
