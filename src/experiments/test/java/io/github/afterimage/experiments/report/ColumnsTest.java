package io.github.afterimage.experiments.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class ColumnsTest {
    private record Answer(String name, double error, String note) {}

    private static final Columns<Answer> COLUMNS = new Columns<Answer>()
            .left("", answer -> Text.value("name", answer.name()))
            .right("error", answer -> Text.percent("error", answer.error()))
            .field("note", Answer::note);
    private static final List<Answer> ANSWERS =
            List.of(new Answer("network", 0.0864, "alone"), new Answer("with cache", 0.1, "unseen"));

    private static Report report() {
        return new Report().titled("Errors", "Two answers.").list("answers", COLUMNS.table(ANSWERS));
    }

    private static String printed(boolean json) {
        StringWriter out = new StringWriter();
        report().print(new PrintWriter(out), json, Report.UNLIMITED);
        return out.toString();
    }

    @Test
    void aFigureIsStatedOnceForTextJsonAndPage() throws IOException {
        assertThat(printed(false).lines())
                .containsExactly("              error", "network      8.64 %", "with cache  10.00 %");
        assertThat(printed(true).strip())
                .isEqualTo("{\"answers\":[{\"name\":\"network\",\"error\":0.0864,\"note\":\"alone\"},"
                        + "{\"name\":\"with cache\",\"error\":0.1,\"note\":\"unseen\"}]}");
        assertThat(report().page().html()).contains("network", "8.64", "10.00").doesNotContain("unseen");
    }

    @Test
    void columnsWithoutNamesHaveNoHeader() {
        Table table =
                new Columns<String>().left("", name -> Text.value("name", name)).table(List.of("a", "b"));
        assertThat(table.lines()).containsExactly("a", "b");
    }
}
