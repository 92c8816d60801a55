/// The frame of every page: one file that needs nothing but itself, in light and dark.
package enum HTMLDocument {
    /// - Parameters:
    ///   - version: the engine's, for the generator's mark.
    ///   - style: what the page needs beyond the common looks.
    package static func render(
        title: String, version: String, style: Markup = .empty, sections: [Markup], script: Markup? = nil
    ) -> String {
        let scripts: Markup = script.map { "<script>\n\($0)\n</script>\n" } ?? .empty
        let document: Markup = """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="color-scheme" content="light dark"/>
            <meta name="generator" content="gauntlet \(version)"/>
            <title>\(title)</title>
            <style>
            \(PageStyle.css)\(style)
            </style>
            </head>
            <body>
            <a class="skip" href="#main">Skip to the report</a>
            <main id="main" tabindex="-1">
            \(sections)
            </main>
            \(scripts)</body>
            </html>

            """
        return document.source
    }
}
