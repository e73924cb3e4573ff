package io.github.afterimage.cli.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.ClassErrors;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClassReportTest {
    private static String page(int answer) throws IOException {
        ClassErrors errors = new ClassErrors();
        errors.add(new Prediction(
                0,
                1,
                Prediction.NONE,
                Prediction.NONE,
                Prediction.NONE,
                answer,
                new Prediction.TrueClass(Double.NaN, Double.NaN, Double.NaN, 0.5),
                new Prediction.Doubts(0, 0)));
        Report report = new Report().titled("Classes", "There are errors.");
        new ClassReport(errors, List.of()).report(report);
        return report.page().html();
    }

    @Test
    void theAnswersStandSideBySideWhereAllClassesThatOccurFit() throws IOException {
        assertThat(page(19)).contains("<table class=\"matrix\">");
        assertThat(page(20)).doesNotContain("<table class=\"matrix\">");
    }
}
