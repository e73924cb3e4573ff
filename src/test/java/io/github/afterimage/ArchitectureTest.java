package io.github.afterimage;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Imports run one way: cli, experiment, facade, then engine, store, binding; network, data and reduce beside them. */
@AnalyzeClasses(
        packages = "io.github.afterimage",
        importOptions = {ImportOption.DoNotIncludeTests.class, ArchitectureTest.WithoutBenchmarks.class})
class ArchitectureTest {
    private static final String ROOT = "io.github.afterimage";

    /** Leaves out what -Pbench compiles into the same folder: benchmarks lie beside what they measure, and use all of it. */
    static final class WithoutBenchmarks implements ImportOption {
        private static final Pattern CLASS = Pattern.compile(".*/classes/([^$]*)(\\$.*)?\\.class");

        @Override
        public boolean includes(Location location) {
            Matcher matcher = CLASS.matcher(location.asURI().toString());
            return !matcher.matches() || !Files.exists(Path.of("bench", matcher.group(1) + ".java"));
        }
    }

    /** Another library for logs would be one that every service has to connect. */
    @ArchTest
    static final ArchRule logsGoThroughTheJdk =
            noClasses().should().dependOnClassesThat().resideInAPackage("org.slf4j..");

    @ArchTest
    static final ArchRule importsRunOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("cli")
            .definedBy(ROOT + ".cli..")
            .layer("experiment")
            .definedBy(ROOT + ".experiment..")
            .layer("spark")
            .definedBy(ROOT + ".spark..")
            .layer("metrics")
            .definedBy(ROOT + ".metrics..")
            .layer("facade")
            .definedBy(ROOT)
            .optionalLayer("reduce")
            .definedBy(ROOT + ".reduce..")
            .layer("network")
            .definedBy(ROOT + ".network..")
            .layer("engine")
            .definedBy(ROOT + ".engine..")
            .layer("store")
            .definedBy(ROOT + ".store..")
            .layer("binding")
            .definedBy(ROOT + ".binding..")
            .layer("data")
            .definedBy(ROOT + ".data..")
            .layer("statistics")
            .definedBy(ROOT + ".statistics..")
            .layer("attack")
            .definedBy(ROOT + ".attack..")
            .whereLayer("cli")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("spark")
            .mayOnlyBeAccessedByLayers("cli")
            .whereLayer("experiment")
            .mayOnlyBeAccessedByLayers("cli", "spark")
            .whereLayer("metrics")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("facade")
            .mayOnlyBeAccessedByLayers("cli", "spark", "experiment", "metrics")
            .whereLayer("network")
            .mayOnlyBeAccessedByLayers("cli", "spark", "experiment", "facade")
            .whereLayer("reduce")
            .mayOnlyBeAccessedByLayers("cli", "spark", "experiment", "facade")
            .whereLayer("engine")
            .mayOnlyBeAccessedByLayers("cli", "spark", "experiment", "facade", "metrics")
            .whereLayer("store")
            .mayOnlyBeAccessedByLayers("cli", "spark", "experiment", "facade", "engine", "reduce", "network", "metrics")
            .whereLayer("binding")
            .mayOnlyBeAccessedByLayers("engine", "store", "reduce")
            .whereLayer("attack")
            .mayOnlyBeAccessedByLayers("cli", "experiment")
            .whereLayer("data")
            .mayOnlyBeAccessedByLayers("cli", "spark", "experiment", "facade", "network")
            .whereLayer("statistics")
            .mayOnlyBeAccessedByLayers("cli", "experiment");

    @ArchTest
    static final ArchRule nativeCodeIsCalledByStoreAndEnginesOnly = classes()
            .that()
            .resideInAPackage(ROOT + ".binding..")
            .should()
            .onlyBeAccessed()
            .byAnyPackage(ROOT + ".binding..", ROOT + ".engine..", ROOT + ".store..", ROOT + ".reduce..");
}
