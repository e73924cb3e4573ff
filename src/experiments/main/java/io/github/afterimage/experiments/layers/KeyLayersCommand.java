package io.github.afterimage.experiments.layers;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.MemoryUse;
import io.github.afterimage.answer.Mixture;
import io.github.afterimage.experiments.options.ExperimentCommand;
import io.github.afterimage.experiments.protocol.ExampleSource;
import io.github.afterimage.experiments.protocol.Protocol;
import io.github.afterimage.experiments.report.Columns;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Option;

/** Tries each layer alone as key. */
@picocli.CommandLine.Command(
        name = "layers",
        header = "Try every layer as key, from the image to the output: the paper's Figure 2.",
        description = {
            "",
            "Builds an index of each layer alone and reports the errors on the test examples. Layers longer than the reduction "
                    + "are reduced. As many layers as memory allows share a pass over the images."
        },
        footer = {
            "  afterimage reproduce layers --model resnet20.onnx --data cifar10:data \\",
            "      --layers 'image,activation_*,logits'"
        })
public final class KeyLayersCommand extends ExperimentCommand {
    private static final Mixture MIDDLE = new Mixture(50, 0.5);

    @Option(
            names = "--layers",
            split = ",",
            paramLabel = "LAYER",
            description =
                    "The layers, separated by commas; * stands for any text, image for the image itself. All by default.")
    private List<String> patterns = List.of("*");

    @Option(
            names = "--tune",
            description =
                    "Tune theta and lambda for each layer; by default they are 50 and 0.5, the middle of the grid.")
    private boolean tune;

    @Option(
            names = "--memory",
            paramLabel = "BYTES",
            description =
                    "Maximum bytes of keys in memory at once, such as 4g; 2g by default. Fewer bytes take more passes.")
    private String memory = "2g";

    @Override
    protected void check(boolean features) {
        refuse(features, "reproduce layers needs images and a network: features have no layers");
        refuse(keyBytes() == 0, "--memory " + memory + ": expected a positive number of bytes, such as 2g");
    }

    private long keyBytes() {
        return MemoryUse.parse("--memory", memory);
    }

    @Override
    protected String reduction(boolean features) {
        return REDUCTION;
    }

    private String described(Setup setup) throws IOException {
        Protocol protocol = setup.protocol();
        return describe(setup.recipe(), () -> setup.source().keys(protocol.rule()));
    }

    /**
     * The layers that match, in the network's order, the image first.
     *
     * @throws IllegalArgumentException if a pattern matches nothing
     */
    private static List<String> matching(List<String> patterns, ExampleSource source) throws IOException {
        List<String> all = new ArrayList<>(List.of(ExampleSource.IMAGE));
        source.layers().forEach(layer -> all.add(layer.name()));
        Set<String> matching = new HashSet<>();
        for (String pattern : patterns) {
            Pattern text = Pattern.compile(
                    Stream.of(pattern.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*")));
            List<String> found = all.stream().filter(text.asMatchPredicate()).toList();
            refuse(found.isEmpty(), "no layer is called \"" + pattern + "\"; \"layers MODEL\" lists them");
            matching.addAll(found);
        }
        return all.stream().filter(matching::contains).toList();
    }

    @Override
    protected void run(Report report, Setup setup) throws IOException {
        List<String> layers = matching(patterns, setup.source());
        Mixture given = tune ? null : MIDDLE;
        List<LayerErrors> found =
                step("layers", progress -> new LayerSweep(layers, keyBytes(), given, setup.protocol(), setup.work())
                        .run(setup.source(), progress));
        write(report, found, described(setup));
    }

    private static Optional<LayerErrors> best(List<LayerErrors> found) {
        return found.stream()
                .filter(outcome -> outcome.problem() == null)
                .min(Comparator.comparingDouble(LayerErrors::mixedError));
    }

    private static Table table(List<LayerErrors> found, boolean tuned) {
        return new Columns<LayerErrors>()
                .text("layer", "layer", each -> each.layer())
                .right(
                        "depth",
                        each -> each.problem() == null
                                ? Text.fixed("depth", each.depth(), 3)
                                : Format.fixed(each.depth(), 3))
                .right("key dim", each -> good(each, Text.count("keyDim", each.keyDim())))
                .right("mixed", each -> good(each, Text.percent("mixedError", each.mixedError())))
                .right("cache only", each -> good(each, Text.percent("cacheOnlyError", each.cacheError())))
                .left(
                        "",
                        each -> each.problem() == null
                                ? chosen(each, tuned)
                                : Text.figure("problem", each.problem(), "cannot be a key"))
                .table(found);
    }

    private static Text good(LayerErrors each, Text figure) {
        return each.problem() == null ? figure : Text.of("");
    }

    private static Text chosen(LayerErrors each, boolean tuned) {
        Text chosen = Text.mixture(new Mixture(each.theta(), each.lambda()));
        return tuned ? chosen : new Text("", chosen.figures());
    }

    private void write(Report report, List<LayerErrors> found, String described) {
        Optional<LayerErrors> bestOne = best(found);
        report.line(described + "; each layer alone as key, "
                + (tune
                        ? "theta and lambda tuned for each"
                        : Text.mixture(MIDDLE).text()));
        report.list("layers", table(found, tune));
        bestOne.ifPresent(best -> report.line("")
                .line(
                        "network %s; best %s, %s at depth %s",
                        Text.percent("networkError", best.networkError()),
                        Text.value("best", best.layer()),
                        Format.percent(best.mixedError()),
                        Format.fixed(best.depth(), 3)));
    }
}
