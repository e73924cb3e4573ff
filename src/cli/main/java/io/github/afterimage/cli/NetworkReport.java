package io.github.afterimage.cli;

import io.github.afterimage.cli.options.OpenedExamples;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.experiments.NetworkCheck;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Says how a network did on examples, and warns where a mistake in their labels or preparation is likely. */
final class NetworkReport {
    private static final int CLASSES_LISTED = 6;

    private NetworkReport() {}

    /** Its error in one line, and the warning, if any. */
    static void report(Report report, NetworkCheck check) {
        if (check.counted() > 0) {
            report.field("networkError", check.error())
                    .line("")
                    .line("the network errs on " + Format.percent(check.error()) + " of these; its confidence expects "
                            + Format.percent(check.expectedError()));
            warn(report, check);
        }
    }

    /** Says that the cache answers alone, where the network's classes are others. */
    static void cacheOnly(Report report, OpenedExamples opened) {
        if (opened.isCacheOnly()) {
            report.field("cacheOnly", true)
                    .line("")
                    .line("the network's "
                            + Format.count(opened.network().orElseThrow().classes(), "class")
                            + " are not the " + Format.count(opened.examples().classes())
                            + " of the images: the cache answers alone");
        }
    }

    /** The warning, if any. */
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
                        + "; name the folders so that they sort as its classes do, or number the labels so";
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
