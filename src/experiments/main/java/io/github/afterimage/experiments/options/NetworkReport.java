package io.github.afterimage.experiments.options;

import io.github.afterimage.experiments.NetworkCheck;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.network.Network;

/** Reports the error of a network on examples, and warns if their labels or their preparation may be wrong. */
public final class NetworkReport {
    private NetworkReport() {}

    /**
     * Reports the error with a warning.
     *
     * @param cause a warning that says why the network errs; empty for that of the check, if any
     */
    public static void report(Report report, NetworkCheck check, String cause) {
        if (check.counted() > 0) {
            report.line("")
                    .line(
                            "the network errs on %s of these; by its own probabilities, it would err on %s",
                            Text.percent("networkError", check.error()), Format.percent(check.expectedError()));
            if (cause.isEmpty()) {
                warn(report, check);
            } else {
                report.field("expectedNetworkError", check.expectedError()).warning(cause);
            }
        }
    }

    /** Reports that the cache answers alone, if the network has other classes than the images. */
    public static void cacheOnly(Report report, OpenedExamples opened) {
        if (opened.isCacheOnly()) {
            Network network = opened.network().orElseThrow();
            int spare = network.settings().spareClasses(); // neither the network's nor of the images
            int classes = network.classes() - spare;
            int ofImages = opened.examples().classes() - spare;
            report.line("")
                    .line(Text.figure(
                            "cacheOnly",
                            true,
                            "the network's " + Format.count(classes, "class") + " are not the "
                                    + Format.count(ofImages)
                                    + " of the images: the memory answers alone"
                                    + (classes > ofImages
                                            ? "; if they are a part of the network's, see build --outputs"
                                            : "")));
        }
    }

    /** Adds the warning, if any. */
    public static void warn(Report report, NetworkCheck check) {
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
