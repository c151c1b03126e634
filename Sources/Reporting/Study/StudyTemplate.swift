extension ReportTemplate {
  /// The page of a study.
  static let studyPage = """
    <!doctype html>
    <html lang="en">
    <head>
    {{>head}}
    </head>
    <body>
    <main>
    <header>
    <p class="eyebrow">Sparring · study</p>
    <h1>{{title}}</h1>
    <p class="lead">{{lead}} {{missing}}</p>
    <p class="note">{{cost}} Every row is in <a href="./study.csv">study.csv</a>.</p>
    </header>
    {{^empty(failures)}}
    <section class="warnings">
    <h2>Runs that failed</h2>
    <ul>{{#failures}}<li><b>{{name}}</b> {{value}}</li>{{/failures}}</ul>
    {{^empty(furtherFailures)}}<p class="note">{{furtherFailures}}</p>{{/empty(furtherFailures)}}
    </section>
    {{/empty(failures)}}
    {{#groups}}
    <section class="group">
    <h2>{{title}}</h2>
    <p class="note">{{subtitle}}</p>
    {{^empty(findings)}}<ul class="findings">{{#findings}}<li>{{.}}</li>{{/findings}}</ul>{{/empty(findings)}}
    <div class="charts">
    {{#charts}}{{>figure}}{{/charts}}
    </div>
    <h3>Accuracy and cost</h3>
    <div class="scroll"><table>
    <thead><tr><th scope="col">arm</th><th scope="col">seeds</th><th scope="col">accuracy</th>\
    <th scope="col">95% interval</th><th scope="col">balanced</th><th scope="col">calibration error</th>\
    <th scope="col">steps</th><th scope="col">image passes</th><th scope="col">operations</th>\
    <th scope="col">time a run</th></tr></thead>
    {{#points}}<tbody>
    <tr class="head"><th scope="rowgroup" colspan="10">{{title}}</th></tr>
    {{#arms}}<tr><th scope="row">{{name}}</th><td>{{seeds}}</td><td>{{accuracy}}</td><td>{{interval}}</td>\
    <td>{{balanced}}</td><td>{{calibration}}</td><td>{{steps}}</td><td>{{passes}}</td><td>{{operations}}</td>\
    <td>{{time}}</td></tr>
    {{/arms}}
    </tbody>{{/points}}
    </table></div>
    {{#hasDifferences}}
    <h3>Paired differences, in points of accuracy</h3>
    <div class="scroll"><table>
    <thead><tr><th scope="col">arm</th><th scope="col" class="word">against</th><th scope="col">seeds</th>\
    <th scope="col">difference</th><th scope="col">95% interval</th><th scope="col">p, t-test</th>\
    <th scope="col">p, Wilcoxon</th><th scope="col">p, Holm</th><th scope="col" class="word">shown</th></tr></thead>
    {{#points}}{{^empty(differences)}}<tbody>
    <tr class="head"><th scope="rowgroup" colspan="9">{{title}}</th></tr>
    {{#differences}}<tr{{#isNull}} class="null"{{/isNull}}><th scope="row">{{method}}</th>\
    <td class="word">{{baseline}} <small>({{against}})</small></td><td>{{seeds}}</td><td>{{difference}}</td>\
    <td>{{interval}}</td><td>{{tTest}}</td><td>{{wilcoxon}}</td><td>{{holm}}</td><td class="word">{{reading}}</td></tr>
    {{/differences}}
    </tbody>{{/empty(differences)}}{{/points}}
    </table></div>
    {{/hasDifferences}}
    {{^empty(samples)}}
    <h3>Samples</h3>
    <div class="strip">{{#samples}}<figure><img src="data:image/png;base64,{{{data}}}" alt="{{alt}}">\
    <figcaption>{{caption}}</figcaption></figure>{{/samples}}</div>
    {{/empty(samples)}}
    </section>
    {{/groups}}
    <section>
    <h2>How it was measured</h2>
    <p class="note">{{correction}}</p>
    <p class="note">Figures are means over the seeds. An image pass is one image going forward through a network that is \
    being trained; operations are those of convolutions and matrix products, forward and backward.</p>
    <details><summary>The arms</summary>
    <dl class="facts">{{#settings}}<div><dt>{{name}}</dt><dd>{{value}}</dd></div>{{/settings}}</dl></details>
    <details><summary>Every run: {{seedCount}}</summary>
    <div class="scroll"><table>
    <thead><tr><th scope="col">data</th><th scope="col">labels</th><th scope="col" class="word">arm</th>\
    <th scope="col">seed</th><th scope="col">accuracy</th><th scope="col">steps</th><th scope="col">image passes</th>\
    <th scope="col">operations</th><th scope="col">time</th></tr></thead>
    <tbody>
    {{#seeds}}<tr><th scope="row">{{place}}</th><td>{{labels}}</td><td class="word">{{arm}}</td><td>{{seed}}</td>\
    <td>{{^empty(link)}}<a href="{{link}}">{{accuracy}}</a>{{/empty(link)}}{{#empty(link)}}{{accuracy}}{{/empty(link)}}\
    </td><td>{{steps}}</td><td>{{passes}}</td><td>{{operations}}</td><td>{{time}}</td></tr>
    {{/seeds}}
    </tbody></table></div></details>
    </section>
    </main>
    <footer>Made by Sparring from the files of this study’s folder.</footer>
    </body>
    </html>

    """
}
