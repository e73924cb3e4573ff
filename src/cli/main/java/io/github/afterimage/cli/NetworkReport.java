package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.percent;

import io.github.afterimage.cli.options.OpenedExamples;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.experiments.NetworkCheck;

/** Reports the error of a network on examples, and warns if their labels or their preparation may be wrong. */
final class NetworkReport {
    private NetworkReport() {}

    /** Reports the error and the warning, if any. */
    static void report(Report report, NetworkCheck check) {
        if (check.counted() > 0) {
            report.line("")
                    .line(
                            "the network errs on %s of these; its confidence expects %s",
                            percent("networkError", check.error()), Format.percent(check.expectedError()));
            warn(report, check);
        }
    }

    /** Reports that the cache answers alone, if the network has other classes than the images. */
    static void cacheOnly(Report report, OpenedExamples opened) {
        if (opened.isCacheOnly()) {
            int classes = opened.network().orElseThrow().classes();
            report.line("")
                    .line(figure(
                            "cacheOnly",
                            true,
                            "the network's " + Format.count(classes, "class") + " are not the "
                                    + Format.count(opened.examples().classes())
                                    + " of the images: the cache answers alone"
                                    + (classes > opened.examples().classes()
                                            ? "; if they are a part of the network's, see build --outputs"
                                            : "")));
        }
    }

    /** Adds the warning, if any. */
    static void warn(Report report, NetworkCheck check) {
        if (check.counted() == 0) {
            return;
        }
        report.field("expectedNetworkError", check.expectedError());
        String warning = check.warning();
        if (warning != null) {
            report.warning(warning);
        }
    }
}
