package io.github.afterimage.experiments.report;

/** A chart as a self-contained SVG file, light or dark as the viewer prefers. */
public final class Picture {
    private Picture() {}

    /** Returns the content of the file, to be written as UTF-8. */
    public static String of(LineChart chart) {
        return file(chart.svg());
    }

    /** Returns the content of the file, to be written as UTF-8. */
    public static String of(BarChart chart) {
        return file(chart.svg());
    }

    private static String file(String svg) {
        int end = svg.indexOf('>') + 1;
        return "<svg xmlns=\"http://www.w3.org/2000/svg\"" + svg.substring("<svg".length(), end) + "\n<style>\n"
                + Page.style("colors") + "svg { background: var(--ground); }\n" + Page.style("charts") + "</style>\n"
                + svg.substring(end).strip() + "\n";
    }
}
