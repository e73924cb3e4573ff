package io.github.afterimage.experiments.novelty;

import static io.github.afterimage.experiments.report.Text.count;
import static io.github.afterimage.experiments.report.Text.figure;
import static io.github.afterimage.experiments.report.Text.value;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.experiments.KeyOverlap;
import io.github.afterimage.experiments.SharedExamples;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.images.ChangedImages;
import io.github.afterimage.experiments.novelty.NoveltyComparison.DetectorScores;
import io.github.afterimage.experiments.novelty.NoveltyComparison.Estimate;
import io.github.afterimage.experiments.novelty.NoveltyComparison.Row;
import io.github.afterimage.experiments.novelty.NoveltyComparison.UnknownSet;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.HyperparameterOptions;
import io.github.afterimage.experiments.options.IndexOptions;
import io.github.afterimage.experiments.options.ModelOption;
import io.github.afterimage.experiments.options.PageOption;
import io.github.afterimage.experiments.options.SeedOption;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.experiments.statistics.Gain;
import io.github.afterimage.experiments.statistics.Interval;
import io.github.afterimage.model.KeySource;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.evaluation.Examples;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.model.network.NetworkSettings;
import io.github.afterimage.platform.Resources;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "novelty",
        header = "Compare detectors of images that are unlike all that the index remembers.",
        description = {
            "",
            "Each detector gives every example a score that tells known examples from unknown ones: the novelty that \"tune\" and "
                    + "\"predict\" know, with the network and without; the log mass, log sum exp(theta (s - 1)) over the keys, where s "
                    + "is the cosine of the example and a key; the similarity of the k-th nearest key; and, where there is a network, "
                    + "its greatest probability and its energy, log sum exp(logits), which needs --model. Similarities are "
                    + "cosines of keys as the index has them, whitened or not; a class factor (beta) has no part in them.",
            "",
            "Prints, for each set of unknown examples, the area under the ROC curve (AUROC: 1 is perfect, 0.5 is chance), the "
                    + "share of unknown examples that pass as known where 95 % of the known ones do, and how far each detector is "
                    + "behind the best. Intervals are 95 %, by a bootstrap that draws the same examples for all detectors. The "
                    + "best detector of several is chosen on these examples, so its figures are a little too good.",
            "",
            "If the index was tuned, it also prints the share of each set that \"predict --refuse\" refuses."
        },
        footer = {
            "  afterimage measure novelty --index cifar10.safetensors --model resnet20.onnx --data 'cifar10:DIR#test' \\",
            "      --unknown 'cifar100:DIR100#test' --blur 1,2 --noise 0.1,0.2 --page novelty.html",
            "  afterimage measure novelty --index features.safetensors --data features:test.npz --unknown features:other.npz"
        })
public final class NoveltyCommand extends Command {
    /** Multiples of the tuned θ. */
    private static final double[] MULTIPLES = {0.25, 0.5, 1, 2, 4};

    private static final List<Integer> USUAL_KS = List.of(1, 10, 50);

    @Mixin
    private IndexOptions index;

    @Mixin
    private ModelOption model;

    @Option(
            names = "--data",
            required = true,
            paramLabel = "DATA",
            description =
                    "Known examples: data of the kind that the keys were made from, such as test images, in a form"
                            + " that \"evaluate\" takes. Labels are not used, and need not be there: images:DIR may be a folder"
                            + " without sub-folders.")
    private String data;

    @Option(
            names = "--unknown",
            paramLabel = "DATA",
            description = "Unknown examples, of other classes or another kind; may be given several times.")
    private Set<String> unknown = Set.of();

    @Option(
            names = "--blur",
            split = ",",
            paramLabel = "SIGMA",
            description = "Also take the known images, blurred by a Gaussian of SIGMA pixels, for unknown.")
    private Set<Double> blurs = Set.of();

    @Option(
            names = "--noise",
            split = ",",
            paramLabel = "SIGMA",
            description =
                    "Also take the known images for unknown, with Gaussian noise of standard deviation SIGMA added to"
                            + " each value, which is 0 to 1, and clipped.")
    private Set<Double> noises = Set.of();

    @Mixin
    private SeedOption seed;

    @Option(
            names = "--theta",
            split = ",",
            paramLabel = "T",
            description = "Values of theta for the log mass, separated by commas; by default the tuned one and its"
                    + " quarter, half, double and fourfold.")
    private @Nullable Set<Double> thetas;

    @Option(
            names = "--k",
            split = ",",
            paramLabel = "K",
            description =
                    "Which neighbors' similarity, separated by commas; 1,10,50 by default, if there are as many keys.")
    private @Nullable Set<Integer> ks;

    @Mixin
    private PageOption page;

    @Override
    protected void execute(Report report) throws IOException {
        check();
        page.check();
        try (CacheIndex keys = index.open();
                Resources opened = new Resources()) {
            List<Named> examples = open(keys, opened);
            Named given = examples.get(0);
            int logits = areFeatures() ? 0 : given.examples.dim() - keys.dim();
            boolean probabilities = examples.stream().allMatch(each -> each.examples.hasProbabilities());
            DetectorPass pass = new DetectorPass(keys, thetas(keys), ks(keys), probabilities, logits);
            KeyOverlap overlap = Failure.naming(given.name, () -> new KeyOverlap(keys, given.examples));
            SharedExamples familiar = new SharedExamples(overlap.examples());
            DetectorScores known = scores(pass, given, familiar.examples());
            String keysAmongKnown = overlap.warning();
            if (keysAmongKnown != null) {
                report.warning(given.name + ": " + keysAmongKnown);
            }
            List<DetectorScores> unknown = new ArrayList<>();
            for (Named each : examples.subList(1, examples.size())) {
                SharedExamples.Others others = familiar.others(each.examples);
                unknown.add(scores(pass, each, others));
                String warning = others.warning(each.name, given.name, "no detector can tell these apart");
                if (warning != null) {
                    report.warning(warning);
                }
            }
            NoveltyComparison found = NoveltyComparison.of(pass.detectors(), known, unknown, seed.seed());
            List<DetectorScores> refusing = known.refused() == null
                    ? List.of()
                    : Stream.concat(Stream.of(known), unknown.stream()).toList();
            new NoveltyReport(found, known.name(), index.describe(keys), refusing).write(report);
            page.write(report);
        }
    }

    private boolean areFeatures() {
        return FeatureSet.accepts(data);
    }

    /** Fails if there is nothing to compare, or a value is out of range. */
    private void check() {
        for (String each : unknown) {
            if (FeatureSet.accepts(each) != areFeatures()) {
                throw new IllegalArgumentException("--data " + data + " and --unknown " + each
                        + ": expected features: of both, or images of both");
            }
        }
        if (areFeatures() && (model.given() || !blurs.isEmpty() || !noises.isEmpty())) {
            throw new IllegalArgumentException("--model, --blur and --noise are for images: leave them out with"
                    + " features:, which are the output of a network");
        }
        checkPositive("--blur", blurs);
        checkPositive("--noise", noises);
        if (unknown.isEmpty() && blurs.isEmpty() && noises.isEmpty()) {
            throw new IllegalArgumentException("there are no unknown examples: add --unknown DATA"
                    + (areFeatures() ? "" : ", --blur SIGMA or --noise SIGMA"));
        }
    }

    private static void checkPositive(String option, Set<Double> sigmas) {
        for (double sigma : sigmas) {
            if (!(sigma > 0 && sigma <= DataOptions.MAX_BLUR)) {
                throw new IllegalArgumentException(option + " " + Format.number(sigma)
                        + ": expected a positive number, at most " + Format.number(DataOptions.MAX_BLUR));
            }
        }
    }

    /**
     * Examples under a name.
     *
     * @param ofKnown whether example i was made from the known example i
     */
    private record Named(String name, Examples examples, boolean ofKnown) {}

    /** Opens the known examples, and then the unknown ones, as queries of an index. */
    private List<Named> open(CacheIndex keys, Resources opened) throws IOException {
        List<Named> all = new ArrayList<>();
        if (areFeatures()) {
            for (String each : Stream.concat(Stream.of(data), unknown.stream()).toList()) {
                all.add(new Named(each, Examples.of(opened.add(FeatureSet.openUnlabelled(each))), false));
            }
            return all;
        }
        List<ImageSet> images = new ArrayList<>(List.of(unlabelled(data)));
        for (String each : unknown) {
            images.add(unlabelled(each));
        }
        Network network = opened.add(open(model.require("images need a network"), keys, index.threads()));
        images.forEach(each -> all.add(new Named(each.name(), Examples.of(network, each), false)));
        blurs.forEach(sigma -> all.add(new Named(
                "blur " + Format.number(sigma),
                Examples.of(network, ChangedImages.blurred(images.get(0), sigma)),
                true)));
        noises.forEach(sigma -> all.add(new Named(
                "noise " + Format.number(sigma),
                Examples.of(network, ChangedImages.noisy(images.get(0), sigma, seed.seed())),
                true)));
        return all;
    }

    /** Opens the network of an index with its logits behind the layers of the keys. */
    private static Network open(Path file, CacheIndex index, int threads) throws IOException {
        NetworkSettings settings = NetworkSettings.defaults().withThreads(threads);
        try (Network network = KeySource.network(file, index, settings)) {
            List<String> layers = new ArrayList<>(network.layerTerms());
            if (network.layers().stream().noneMatch(layer -> layer.name().equals(network.logits()))) {
                layers.add(network.logits());
            }
            return Network.open(file, layers, network.settings());
        }
    }

    /** Opens images as those of one class, whatever theirs are. */
    private static ImageSet unlabelled(String specification) throws IOException {
        return ImageSets.openUnlabelled(specification).withLabels(List.of("image"), label -> 0);
    }

    private double[] thetas(CacheIndex keys) {
        if (thetas != null) {
            return thetas.stream().mapToDouble(Double::doubleValue).toArray();
        }
        double tuned = HyperparameterOptions.tunedTheta(keys);
        return DoubleStream.of(MULTIPLES).map(multiple -> multiple * tuned).toArray();
    }

    private int[] ks(CacheIndex keys) {
        return ks != null
                ? ks.stream().mapToInt(Integer::intValue).toArray()
                : USUAL_KS.stream()
                        .mapToInt(Integer::intValue)
                        .filter(k -> k <= keys.size())
                        .toArray();
    }

    /** @param examples those of the set, watched */
    private DetectorScores scores(DetectorPass pass, Named set, Examples examples) throws IOException {
        return step("scoring", set.name, progress -> pass.run(set.name, set.ofKnown, examples, progress));
    }

    /**
     * Reports how well detectors tell known examples from unknown ones.
     *
     * @param known the name of the known examples
     * @param index the description of the index
     * @param refusing the sets, if there is a threshold that tune stored
     */
    private record NoveltyReport(NoveltyComparison found, String known, Text index, List<DetectorScores> refusing) {
        private static final int DIGITS = 4;

        void write(Report report) {
            report.titled(
                    "Like nothing remembered",
                    "Which score tells known images from unknown ones? The AUROC is the probability that a known image has a greater "
                            + "score than an unknown one: 1 is perfect, and 0.5 is chance.");
            report.line("%s of %s", count("examples", found.known(), "known example"), value("data", known))
                    .line(index);
            for (UnknownSet set : found.sets()) {
                report.element(
                        "unknown",
                        new Report()
                                .heading(set.name())
                                .field("name", set.name())
                                .line("%s", count("examples", set.examples(), "unknown example"))
                                .onPage(page -> page.chart(chart(set)))
                                .list("detectors", table(set))
                                .line(verdict(set)));
            }
            report.note(
                    "Unknown pass: the share of unknown images that pass as known where 95 % of the known ones do. Intervals: a "
                            + "bootstrap with the same images for all detectors. The best of several detectors is chosen on these images, so "
                            + "its figures are a little too good.");
            if (!refusing.isEmpty()) {
                report.section("Refused by the threshold that tune stored", "refused", refusalTable(), "");
            }
        }

        private static BarChart chart(UnknownSet set) {
            BarChart chart = new BarChart();
            set.rows()
                    .forEach(row -> chart.bar(
                            row.detector(),
                            row.auroc().value(),
                            Format.fixed(row.auroc().value(), DIGITS),
                            ""));
            return chart;
        }

        private Table refusalTable() {
            return new Columns<DetectorScores>()
                    .text("", "name", each -> each.name())
                    .right(
                            "refused",
                            each -> figure(
                                    "refused",
                                    refused(each),
                                    Format.count(refused(each)) + " of " + Format.count(each.examples())))
                    .percent("", "share", each -> (double) refused(each) / each.examples())
                    .interval(
                            "95 % interval",
                            "interval",
                            each -> Interval.clopperPearson(refused(each), each.examples(), Gain.CONFIDENCE))
                    .table(refusing);
        }

        private static long refused(DetectorScores scores) {
            return Objects.requireNonNull(scores.refused());
        }

        private static Table table(UnknownSet set) {
            return new Columns<Row>()
                    .text("", "detector", row -> row.detector())
                    .fixed("AUROC", "auroc", DIGITS, row -> row.auroc().value())
                    .left("95 % interval", row -> interval("aurocInterval", row.auroc()))
                    .percent("unknown pass", "falsePositiveRate", row -> row.falsePositiveRate()
                            .value())
                    .interval(
                            "95 % interval",
                            "falsePositiveRateInterval",
                            row -> row.falsePositiveRate().interval())
                    .right(
                            "behind best",
                            row -> figure(
                                    "behindBest",
                                    row.behind().value(),
                                    row == set.best()
                                            ? "best"
                                            : Format.fixed(row.behind().value(), DIGITS)))
                    .left(
                            "95 % interval",
                            row -> {
                                Text interval = interval("behindBestInterval", row.behind());
                                return row == set.best() ? new Text("", interval.figures()) : interval;
                            })
                    .table(set.rows());
        }

        private static Text verdict(UnknownSet set) {
            Row best = set.best();
            List<Row> rivals = set.rivals();
            String lead = rivals.isEmpty()
                    ? "; it is better than every other one."
                    : "; chance alone may have put it before "
                            + rivals.stream().map(row -> row.detector()).collect(Collectors.joining("; "))
                            + ".";
            return Text.of(
                    "The best is %s%s",
                    value("best", best.detector()),
                    figure("asGood", rivals.stream().map(row -> row.detector()).toList(), lead));
        }

        private static Text interval(String name, Estimate estimate) {
            Interval interval = estimate.interval();
            return figure(
                    name,
                    new double[] {interval.low(), interval.high()},
                    Format.fixed(interval.low(), DIGITS) + " to " + Format.fixed(interval.high(), DIGITS));
        }
    }
}
