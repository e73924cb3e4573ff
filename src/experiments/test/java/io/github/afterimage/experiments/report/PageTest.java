package io.github.afterimage.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.afterimage.answer.Pool;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class PageTest {
    private static final String HOSTILE = "<b>\"Tom\" & 'Jerry'</b>";

    private static Document parse(Page page) throws Exception {
        String xml = page.html().replaceFirst("<!doctype html>", "");
        return DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(new InputSource(new StringReader(xml)));
    }

    @Test
    void isWellFormedAndEscapesWhatItIsGiven() throws Exception {
        Page page = new Page(HOSTILE, HOSTILE)
                .heading(HOSTILE)
                .paragraph(HOSTILE)
                .note(HOSTILE)
                .code(HOSTILE)
                .table(List.of(HOSTILE), List.of(List.of(HOSTILE)))
                .chart(new LineChart(HOSTILE, HOSTILE).line(HOSTILE, new double[] {0, 1}, new double[] {3, 4}))
                .chart(new BarChart().bar(HOSTILE, -2, HOSTILE, HOSTILE))
                .pictures(new PictureGrid().row(HOSTILE, List.of(new float[] {-1, 0, 0.5f, 1, 2, 1}), 2, 1))
                .terms(2, new Pool(10, 0.5, 0.25, 0), true, HOSTILE, HOSTILE)
                .decision(new Decision(
                        HOSTILE,
                        null,
                        HOSTILE,
                        List.of(new Decision.Candidate(HOSTILE, 1, 1, 1)),
                        List.of(new Decision.Neighbor(new byte[] {(byte) 0x89}, HOSTILE, HOSTILE, 1)),
                        2));
        Document document = parse(page);
        assertThat(page.html()).doesNotContain(HOSTILE, HOSTILE.substring(0, 9));
        assertThat(document.getElementsByTagName("svg").getLength()).isEqualTo(4);
        assertThat(document.getElementsByTagName("img").getLength()).isEqualTo(2);
        assertThat(document.getElementsByTagName("h1").item(0).getTextContent()).isEqualTo(HOSTILE);
        assertThat(document.getElementsByTagName("td").item(0).getTextContent()).isEqualTo(HOSTILE);
    }

    @Test
    void namesOnSmallScreensAreWholeAndBesideTheAxis() {
        LineChart lines = new LineChart("keys", "error").line("together", new double[] {0, 1}, new double[] {3, 5});
        lines.level("the network alone", 4).guide("as it says", new double[] {0, 1}, new double[] {3, 5});
        assertThat(lines.narrowSvg())
                .contains("x=\"68.0\" y=\"168.0\" text-anchor=\"start\">the network alone")
                .containsPattern("x=\"1[0-9]{2}\\.0\" y=\"[0-9.]+\" text-anchor=\"start\">as it says");
        assertThat(lines.svg()).contains("text-anchor=\"end\">the network alone", "text-anchor=\"end\">as it says");
        BarChart bars = new BarChart().bar("the network's greatest probability", 0.5, "0.5", "");
        assertThat(bars.narrowSvg()).contains(">the network's greatest probability</text>");
        assertThat(bars.svg()).contains("\u2026</text>");
    }

    @Test
    void cellsCarryTheirHeaderForSmallScreens() {
        assertThat(new Page("a", "b")
                        .table(List.of("", "error"), List.of(List.of("network", "8.64 %")))
                        .html())
                .contains("<td data-label=\"\">network</td><td class=\"number\" data-label=\"error\">8.64\u00a0%</td>");
    }

    @Test
    void linesAreDrawnForSmallScreensToo() throws Exception {
        Document page = parse(
                new Page("a", "b").chart(new LineChart("x", "y").line("l", new double[] {0, 1}, new double[] {3, 4})));
        NodeList charts = page.getElementsByTagName("svg");
        assertThat(charts.getLength()).isEqualTo(2);
        assertThat(((Element) charts.item(0)).getAttribute("viewBox")).isEqualTo("0 0 720 356");
        assertThat(((Element) charts.item(1)).getAttribute("viewBox")).isEqualTo("0 0 400 356");
    }

    @Test
    void needsNoOtherFile() {
        assertThat(new Page("a", "b").html()).doesNotContain("http", "src=", "href=", "@import");
    }

    @Test
    void drawsALineThatIsFlatOrOnePoint() throws Exception {
        for (double[] y : new double[][] {{0}, {7, 7}, {1e-9, 2e-9}}) {
            double[] x = y.length == 1 ? new double[] {5} : new double[] {0, 1};
            Page page = new Page("a", "b").chart(new LineChart("x", "y").line("l", x, y));
            parse(page);
            assertThat(page.html()).doesNotContain("NaN").doesNotContain("Infinity");
        }
    }

    @Test
    void aLineOfOnePointCanBeSeen() {
        String svg = new LineChart("confidence", "right")
                .line("network", new double[] {0.5, 1}, new double[] {50, 100})
                .line("temperature", new double[] {1}, new double[] {100})
                .svg();
        assertThat(svg)
                .containsOnlyOnce("<polyline")
                .containsPattern("<circle class=\"line s2\" cx=\"600.0\" cy=\"44.0\" r=\"4.0\"/>");
    }

    @Test
    void drawsBarsThatAreAllZeroOrNone() throws Exception {
        Page page =
                new Page("a", "b").chart(new BarChart().bar("zero", 0, "0", "")).chart(new BarChart());
        parse(page);
        assertThat(page.html()).doesNotContain("NaN");
    }

    @Test
    void axesBeginAndEndAtTicks() {
        for (double[] range : new double[][] {{0, 1}, {90.28, 90.74}, {9.3, 11.0}, {-16, 17}, {0.3, 0.3}, {0, 0}}) {
            Axis axis = Axis.covering(range[0], range[1], 0, 100);
            List<Double> ticks = axis.ticks();
            assertThat(ticks).hasSizeBetween(3, 8);
            assertThat(ticks.get(0)).isLessThanOrEqualTo(range[0] + 1e-9);
            assertThat(ticks.get(ticks.size() - 1)).isGreaterThanOrEqualTo(range[1] - 1e-9);
            assertThat(ticks.stream().map(axis::label)).doesNotHaveDuplicates();
        }
    }

    @Test
    void refusesLinesWithoutPoints() {
        LineChart chart = new LineChart("x", "y");
        assertThatThrownBy(() -> chart.line("l", new double[1], new double[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1 x and 2 y");
        assertThatThrownBy(chart::svg).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void saysWhereAnAxisBeginsUnlessThatIsZero() {
        double[] x = {0, 1};
        assertThat(new LineChart("x", "accuracy, %")
                        .line("a", x, new double[] {91.4, 91.9})
                        .svg())
                .contains("accuracy, % (axis begins at 91.4)");
        assertThat(new LineChart("x", "accuracy, %")
                        .line("a", x, new double[] {0, 91.9})
                        .svg())
                .doesNotContain("begins");
    }
}
