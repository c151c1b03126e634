/// The report's Mustache templates, by name. Double braces escape; triple braces hold markup made here.
enum ReportTemplate {
  static let all = [
    "run-page": runPage, "comparison-page": comparisonPage, "head": head, "figure": figure, "run": run,
    "confusion": confusion, "restoration": restoration, "facts": facts, "study-page": studyPage,
  ]

  /// The policy in the head lets a browser load nothing from elsewhere.
  private static let head = """
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
    <title>{{title}} · Sparring</title>
    <style>{{{style}}}</style>
    """

  private static let runPage = """
    <!doctype html>
    <html lang="en">
    <head>
    {{>head}}
    </head>
    <body>
    <main>
    <header>
    <p class="eyebrow">Sparring · run report</p>
    <h1>{{title}}</h1>
    {{#run}}<p class="lead">{{recipe}}. {{status}}.</p>
    {{^empty(examples)}}<p class="note">{{examples}}<br><code>{{command}}</code></p>{{/empty(examples)}}{{/run}}
    </header>
    {{#run}}{{>run}}{{/run}}
    </main>
    <footer>Made by Sparring from the files of this run’s folder.</footer>
    </body>
    </html>

    """

  private static let comparisonPage = """
    <!doctype html>
    <html lang="en">
    <head>
    {{>head}}
    </head>
    <body>
    <main>
    <header>
    <p class="eyebrow">Sparring · comparison</p>
    <h1>{{title}}</h1>
    <p class="lead">{{subtitle}}</p>
    </header>
    <section class="result" aria-label="Result">
    <dl class="figures">
    {{#figures}}<div class="{{color}}"><dt>{{name}}</dt><dd>{{value}}</dd><dd class="interval">{{interval}}</dd></div>
    {{/figures}}
    </dl>
    {{#verdicts}}<p class="verdict{{#isNull}} null{{/isNull}}">{{text}}</p>
    {{/verdicts}}
    </section>
    <section>
    <h2>Every seed</h2>
    <div class="charts">
    {{#charts}}{{>figure}}{{/charts}}
    </div>
    </section>
    <section>
    <h2>The arms</h2>
    <div class="scroll"><table>
    <thead><tr><th scope="col">arm</th><th scope="col">recipe</th><th scope="col">seeds</th>\
    <th scope="col">accuracy</th>\
    <th scope="col">95% interval</th><th scope="col">steps</th><th scope="col">image passes</th>\
    <th scope="col">time a run</th></tr></thead>
    <tbody>
    {{#arms}}<tr><th scope="row">{{name}}</th><td>{{recipe}}</td><td>{{seeds}}</td>\
    <td>{{accuracy}}</td><td>{{interval}}</td>\
    <td>{{steps}}</td><td>{{passes}}</td><td>{{time}}</td></tr>
    {{/arms}}
    </tbody></table></div>
    <p class="note">Means over the seeds. An image pass is one image going forward through a network that is being \
    trained.</p>
    <div class="scroll"><table>
    <thead><tr><th scope="col">seed</th>{{#armNames}}<th scope="col">{{.}}</th>{{/armNames}}\
    <th scope="col">difference</th></tr></thead>
    <tbody>
    {{#seeds}}<tr><th scope="row">{{seed}}</th>{{#accuracies}}<td>{{^empty(link)}}<a href="{{link}}">{{text}}</a>\
    {{/empty(link)}}{{#empty(link)}}{{text}}{{/empty(link)}}</td>{{/accuracies}}<td>{{difference}}</td></tr>
    {{/seeds}}
    </tbody></table></div>
    </section>
    {{#run}}
    <section class="closer">
    <h2>One run, closer</h2>
    <p class="lead">{{representative}}, the run whose difference is the median. {{status}}.</p>
    </section>
    {{>run}}
    {{/run}}
    </main>
    <footer>Made by Sparring from comparison.json and the folders of its runs.</footer>
    </body>
    </html>

    """

  private static let figure = """
    <figure class="chart">
    <figcaption>{{title}}</figcaption>
    {{^empty(legend)}}<ul class="legend">{{#legend}}<li><span class="swatch {{color}}"></span>{{name}} \
    <b>{{value}}</b></li>{{/legend}}</ul>{{/empty(legend)}}
    {{{svg}}}
    {{^empty(note)}}<p class="note">{{note}}</p>{{/empty(note)}}
    </figure>
    """

  /// The sections of one run, under headings of the page's level.
  private static let run = """
    {{#headline}}
    <section class="result" aria-label="Result">
    <p class="headline"><span>{{accuracy}}</span> {{detail}}</p>
    </section>
    {{/headline}}
    {{^empty(warnings)}}
    <section class="warnings">
    <h{{level}}>Warnings</h{{level}}>
    <ul>{{#warnings}}<li><b>{{name}}</b> {{value}}</li>{{/warnings}}</ul>
    {{^empty(furtherWarnings)}}<p class="note">{{furtherWarnings}}</p>{{/empty(furtherWarnings)}}
    </section>
    {{/empty(warnings)}}
    {{^empty(curves)}}
    <section>
    <h{{level}}>Learning curves</h{{level}}>
    <div class="charts">{{#curves}}{{>figure}}{{/curves}}</div>
    </section>
    {{/empty(curves)}}
    {{^empty(samples)}}
    <section>
    <h{{level}}>Samples</h{{level}}>
    <p class="note">{{samplesNote}}</p>
    <div class="strip">{{#samples}}<figure><img src="data:image/png;base64,{{{data}}}" alt="{{alt}}">\
    <figcaption>{{caption}}</figcaption></figure>{{/samples}}</div>
    </section>
    {{/empty(samples)}}
    {{#confusion}}{{>confusion}}{{/confusion}}
    {{#restoration}}{{>restoration}}{{/restoration}}
    {{^empty(mistakes)}}
    <section>
    <h{{level}}>The surest mistakes</h{{level}}>
    <p class="note">Truth → answer, and the probability given to that answer.</p>
    <div class="mistakes">{{#mistakes}}<figure><img src="data:image/png;base64,{{{data}}}" alt="{{alt}}">\
    <figcaption>{{caption}}</figcaption></figure>{{/mistakes}}</div>
    </section>
    {{/empty(mistakes)}}
    {{^empty(mistakesInWords)}}
    <section>
    <h{{level}}>The surest mistakes</h{{level}}>
    <p class="note">Truth → answer, and the probability given to that answer; counted from 0 within what was measured.</p>
    <dl class="facts">{{#mistakesInWords}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>{{/mistakesInWords}}</dl>
    </section>
    {{/empty(mistakesInWords)}}
    <section>
    <h{{level}}>How it was made</h{{level}}>
    {{^empty(facts)}}{{>facts}}{{/empty(facts)}}
    {{^empty(configuration)}}<details><summary>Configuration</summary><pre>{{configuration}}</pre></details>\
    {{/empty(configuration)}}
    {{^empty(environment)}}<details><summary>Environment</summary>\
    <dl class="facts">{{#environment}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>{{/environment}}</dl></details>\
    {{/empty(environment)}}
    </section>
    """

  private static let facts = """
    <dl class="facts">{{#facts}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>{{/facts}}</dl>
    """

  private static let restoration = """
    <section>
    <h{{level}}>Beside methods without a network</h{{level}}>
    <div class="scroll"><table>
    <thead><tr><th scope="col">method</th>{{#titles}}<th scope="col">{{.}}</th>{{/titles}}</tr></thead>
    <tbody>
    {{#rows}}<tr><th scope="row">{{method}}</th>{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/rows}}
    </tbody></table></div>
    <p class="note">{{note}}</p>
    {{#picture}}<figure class="restored"><img src="data:image/png;base64,{{{data}}}" alt="{{alt}}">\
    <figcaption>{{caption}}</figcaption></figure>{{/picture}}
    </section>
    """

  private static let confusion = """
    <section>
    <h{{level}}>What was taken for what</h{{level}}>
    {{#isShown}}
    <div class="scroll"><table class="confusion{{#hasLongNames}} long{{/hasLongNames}}">
    <caption>Rows are the truth, columns the answers</caption>
    <thead><tr><td></td>{{#names}}<th scope="col"><span>{{.}}</span></th>{{/names}}\
    <th scope="col" class="recognized"><span>right</span></th></tr></thead>
    <tbody>
    {{#rows}}<tr><th scope="row">{{name}}</th>{{#cells}}<td class="{{kind}}" style="--tint:{{tint}}%">{{count}}</td>\
    {{/cells}}<td class="recognized">{{recognized}}</td></tr>
    {{/rows}}
    </tbody></table></div>
    {{/isShown}}
    {{^empty(confusions)}}<p class="note">Most often: {{confusions}}.</p>{{/empty(confusions)}}
    </section>
    """
}
