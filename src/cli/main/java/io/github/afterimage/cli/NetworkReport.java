package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.figure;
import static io.github.afterimage.cli.output.Text.percent;

import io.github.afterimage.cli.options.OpenedExamples;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.experiments.NetworkCheck;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Reports the error of a network on examples, and warns if their labels or their preparation may be wrong. */
final class NetworkReport {
    private static final int CLASSES_LISTED = 6;

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
        NetworkCheck.Problem problem = check.problem();
        if (problem != null) {
            report.warning(
                    "the network errs on " + Format.percent(check.error()) + " of the examples" + text(problem, check));
        }
    }

    private static String text(NetworkCheck.Problem problem, NetworkCheck check) {
        return switch (problem) {
            case ORDER ->
                ", since the labels look permuted: " + classes(check) + "; in the network's order it errs on "
                        + Format.percent(check.errorWith(check.permutation()))
                        + "; build with --outputs auto, or name the folders so that they sort as its classes do";
            case CHANCE ->
                ", about as chance does: the labels may be in another order than its classes, the images not"
                        + " prepared as it was trained (--preprocess), or its classes others (--cache-only)";
            case CONFIDENCE ->
                ", and its confidence expects " + Format.percent(check.expectedError())
                        + ": the images may not be prepared as it was trained (--preprocess: scale, mean, std, order of"
                        + " channels) or be unlike those it was trained on, or the labels be in another order than its classes";
        };
    }

    private static String classes(NetworkCheck check) {
        List<String> names = check.examples().classNames();
        Map<Integer, Integer> permutation = new TreeMap<>(check.permutation());
        List<String> listed = permutation.entrySet().stream()
                .limit(CLASSES_LISTED)
                .map(entry -> (names.isEmpty() ? "label " + entry.getKey() : "\"" + names.get(entry.getKey()) + "\"")
                        + " is its class " + entry.getValue())
                .toList();
        int more = permutation.size() - listed.size();
        return String.join(", ", listed) + (more > 0 ? " and " + more + " more" : "");
    }
}
