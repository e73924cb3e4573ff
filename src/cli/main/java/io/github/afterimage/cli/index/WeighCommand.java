package io.github.afterimage.cli.index;

import static io.github.afterimage.experiments.command.Failure.refuse;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.StoredIndex;
import io.github.afterimage.cli.output.Csv;
import io.github.afterimage.experiments.LabelAgreement;
import io.github.afterimage.experiments.LabelAgreement.Suspect;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.options.HyperparameterOptions;
import io.github.afterimage.experiments.options.OpeningOptions;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.serve.models.KeySelection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "weigh",
        header = "Set the weights of keys, by hand or by the agreement of their labels.",
        description = {
            "",
            "The weight of a key is the factor of its vote; keys have weight 1 until it is set. Labels that are wrong do less harm "
                    + "with a small weight. --agreement asks all other keys about each key: its weight becomes p(label) / p(most "
                    + "probable class), but at least --floor, so a key keeps weight 1 if the others give it its own label. "
                    + "Former weights have no part in that. The keys to which the others give another label are suspects: look at "
                    + "these first. The first five are shown, --json has all, and --suspects writes them to a file.",
            "",
            "Ids, a class or a pattern without a key are named on standard error, and the exit code is then 1. "
                    + "The index is saved. Find theta and lambda again afterwards: run tune on held-out examples with labels that are right, "
                    + "and compare its errors with those before."
        },
        footer = {
            "  afterimage weigh --index cache.safetensors --agreement --suspects suspects.csv",
            "  afterimage weigh --index cache.safetensors --weight 0.5 --label cat",
            "  afterimage weigh --index cache.safetensors --weight 1"
        })
public final class WeighCommand extends Command {
    private static final int SHOWN = 5;
    private static final double USUAL_FLOOR = 0.01;
    private static final float LEAST_WEIGHT = 1e-6f;
    private static final float GREATEST_WEIGHT = 1e6f;

    @Option(names = "--index", required = true, paramLabel = "INDEX", description = "The index.")
    private Path file;

    @ArgGroup(multiplicity = "1")
    private Rule rule = new Rule();

    /** The origin of the weights. */
    static final class Rule {
        @Option(
                names = "--agreement",
                description = "Weigh each key by the agreement of its label with all other keys.")
        private boolean agreement;

        @Option(
                names = "--weight",
                paramLabel = "W",
                description = "Set the weight of the keys of --ids, --label or --name, or of all keys; 1e-6 to 1e6.")
        private @Nullable Float weight;
    }

    @Option(
            names = "--theta",
            paramLabel = "T",
            description =
                    "Sharpness theta for --agreement; by default the value that \"tune --save\" wrote into the index.")
    private @Nullable Double theta;

    @Option(
            names = "--floor",
            paramLabel = "W",
            description = "The least weight that --agreement gives; 0.01 by default.")
    private @Nullable Double floor;

    @Option(
            names = "--suspects",
            order = 5,
            paramLabel = "FILE.csv",
            description =
                    "Write the keys to which the others give another label, those that agree least first: id, name,"
                            + " label, what the others say and its probability, and the weight.")
    private @Nullable Path suspects;

    @ArgGroup(multiplicity = "0..1")
    private @Nullable ChosenKeys choice;

    @Mixin
    private OpeningOptions opening;

    @Override
    protected void execute(Report report) throws IOException {
        double least = floor == null ? USUAL_FLOOR : floor;
        LabelAgreement.checkFloor(least);
        refuse(
                !rule.agreement && (theta != null || floor != null || suspects != null),
                "--theta, --floor and --suspects with --weight: leave them out, since they are for --agreement");
        refuse(
                rule.weight != null && !(rule.weight >= LEAST_WEIGHT && rule.weight <= GREATEST_WEIGHT),
                "--weight " + rule.weight
                        + ": expected 1e-6 to 1e6; a key that is to have no effect can be removed, see remove");
        refuse(
                rule.agreement && choice != null,
                "--ids, --label and --name with --agreement: leave them out, since it weighs all keys");
        OutputFile.checkSaves(file);
        checkOutput(suspects);
        try (CacheIndex index = CacheIndex.open(file, opening.options())) {
            index.files().lock(file);
            report.field("index", file.toString());
            if (rule.weight == null) {
                weighByAgreement(report, index, least);
                save(index);
                ChangeOptions.warnOfSets(index, index.size(), report);
                return;
            }
            long[] ids = choice == null ? KeySelection.ids(index, key -> true) : choice.ids(index, report);
            index.weigh(ids, filled(ids.length, rule.weight));
            if (ids.length > 0) {
                save(index);
            }
            ChangeOptions.warnOfSets(index, ids.length, report);
            report.line(
                    "%s of %s: %s",
                    Text.count("weighed", ids.length, "key"),
                    Text.count("keys", index.size()),
                    ids.length == 0
                            ? "no key is chosen, and nothing is changed"
                            : Text.of("weight %s, saved", Text.value("weight", rule.weight)));
        }
    }

    /** @param least the least weight */
    private void weighByAgreement(Report report, CacheIndex index, double least) throws IOException {
        double chosen = theta == null ? HyperparameterOptions.tunedTheta(index) : theta;
        refuse(
                Arrays.stream(index.classCounts()).filter(keys -> keys > 0).count() < 2,
                file + ": all keys have one label, so --agreement would change nothing: add keys of other classes");
        long[] ids = KeySelection.ids(index, key -> true);
        index.weigh(ids, filled(ids.length, 1));
        LabelAgreement agreement = step("comparing", progress -> {
            try (StoredIndex stored = StoredIndex.open(file, false)) {
                return LabelAgreement.of(index, stored, chosen, progress);
            }
        });
        agreement.weigh(index, least);
        report.line(
                        "%s, theta %s: the other keys give %s (%s) another label",
                        Text.count("keys", index.size(), "key"),
                        Text.number("theta", chosen),
                        Text.count("disagreeing", agreement.below(1)),
                        Format.percent((double) agreement.below(1) / agreement.size()))
                .line(
                        "weights: p(label) / p(most probable class), at least %s, which %s have; saved",
                        Text.number("floor", least), Text.count("atFloor", agreement.below(least), "key"));
        List<Suspect> found = agreement.suspects(index, least);
        report.field("suspects", found);
        if (!found.isEmpty()) {
            Table table = new Table("lllr").row("suspect", "label", "the others say", "weight");
            found.stream()
                    .limit(SHOWN)
                    .forEach(key -> table.row(key.name(), key.label(), key.others(), Format.number(key.weight())));
            report.table(table);
        }
        if (suspects != null) {
            StringBuilder rows = new StringBuilder("id,name,label,others,probability,weight\n");
            found.forEach(key -> rows.append(Csv.row(
                            List.of(key.id(), key.name(), key.label(), key.others(), (float) key.probability(), (float)
                                    key.weight())))
                    .append('\n'));
            OutputFile.write(suspects, rows.toString());
            report.line("").line("suspects in %s", Text.value("suspectsFile", suspects.toString()));
        }
    }

    private static float[] filled(int length, float value) {
        float[] values = new float[length];
        Arrays.fill(values, value);
        return values;
    }

    /** An index of one file stays one; of a larger one, only the weights are written. */
    private void save(CacheIndex index) throws IOException {
        if (StoredIndex.files(file).size() == 1) {
            index.files().saveWhole(file, index.attributes());
        } else {
            index.save(file);
        }
    }
}
