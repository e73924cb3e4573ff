package io.github.afterimage.experiments.report;

/** A chart as an SVG element, which takes its colours from the page. */
public interface Chart {
    /** Returns the chart, an {@code <svg>} element. */
    String svg();

    /** Returns the chart for a small screen. */
    String narrowSvg();

    /** Returns the chart as a self-contained SVG file, light or dark as the viewer prefers, to be written as UTF-8. */
    default String file() {
        String svg = svg();
        int end = svg.indexOf('>') + 1;
        return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + svg.substring("<svg".length(), end) + "\n<style>\n"
                + Page.style("colors") + "svg { background: var(--ground); }\n" + Page.style("charts") + "</style>\n"
                + svg.substring(end).strip() + "\n";
    }
}
