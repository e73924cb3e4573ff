package io.github.afterimage.cli.answers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.model.evaluation.Prediction;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class SurestErrorsTest {
    /** Counts ten answers, of which the two of the most doubt are wrong; the network has the other eight wrong. */
    private static String counted(boolean network) {
        SurestErrors errors = new SurestErrors();
        for (int i = 0; i < 10; i++) {
            int right = i * 7 % 10 < 8 ? 0 : 1;
            int ofNetwork = network ? 1 - right : Prediction.NONE;
            errors.add(new Prediction(
                    i,
                    0,
                    ofNetwork,
                    ofNetwork,
                    network ? right : Prediction.NONE,
                    right,
                    new Prediction.TrueClass(0, 0, 0, 0),
                    new Prediction.Doubts(0.1 * (i * 7 % 10), 0.1 * (i * 7 % 10))));
        }
        Report report = new Report();
        errors.report(report);
        StringWriter text = new StringWriter();
        report.print(new PrintWriter(text, true), false, 200);
        return text.toString();
    }

    @Test
    void theAnswersOfTheMostDoubtAreLeftOut() {
        assertThat(counted(true))
                .contains(
                        "surest 90 %: 11.11 % of the answers are wrong, of the network alone 88.89 %",
                        "surest 80 %: 0.00 % of the answers are wrong, of the network alone 100.00 %");
        assertThat(counted(false)).contains("surest 90 %: 11.11 % of the answers are wrong\n");
    }
}
