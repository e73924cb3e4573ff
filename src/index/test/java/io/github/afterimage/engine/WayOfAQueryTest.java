package io.github.afterimage.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.Method;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.LaunchingConnector;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.event.MethodEntryEvent;
import com.sun.jdi.event.VMDisconnectEvent;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequest;
import com.sun.jdi.request.EventRequestManager;
import com.sun.jdi.request.MethodEntryRequest;
import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.JavaCommand;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The classes with a method that a query by the rule of the index enters, once it is warm. */
class WayOfAQueryTest {
    private static final int MOST_CLASSES = 51;
    private static final String PACKAGE = "io.github.afterimage.";
    private static final long MOST_MILLIS = 60_000;

    /** The program that is watched between its two marks. */
    static final class Program {
        private Program() {}

        public static void main(String[] arguments) {
            try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
                index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
                float[] query = {1, 1};
                index.query(query);
                index.query(query);
                begin();
                index.query(query);
                end();
            }
        }

        private static void begin() {}

        private static void end() {}
    }

    @Test
    void aQueryPassesFewClassesAndThePageNamesThoseOfItsPackages() throws Exception {
        Set<String> classes = entered();
        assertThat(classes)
                .contains("CacheReader", "engine.Scan", "binding.Native")
                .hasSizeLessThanOrEqualTo(MOST_CLASSES);
        String page = Files.readString(Path.of("src/README.md"));
        String way = page.substring(page.indexOf("## The way of a query"), page.indexOf("## The way of an image"));
        assertThat(classes.stream()
                        .filter(name -> name.matches("(answer\\.|engine\\.|keys\\.)?\\w+"))
                        .filter(name -> !way.contains("`" + name.substring(name.indexOf('.') + 1) + "`"))
                        .collect(Collectors.toSet()))
                .isEmpty();
    }

    private static Set<String> entered() throws Exception {
        LaunchingConnector launch = Bootstrap.virtualMachineManager().defaultConnector();
        Map<String, Connector.Argument> arguments = launch.defaultArguments();
        List<String> command = JavaCommand.of(List.of(), Program.class);
        int last = command.size() - 1;
        arguments.get("main").setValue(command.get(last));
        arguments.get("options").setValue('"' + String.join("\" \"", command.subList(1, last)) + '"');
        VirtualMachine machine = launch.launch(arguments);
        try {
            EventRequestManager requests = machine.eventRequestManager();
            ClassPrepareRequest program = requests.createClassPrepareRequest();
            program.addClassFilter(Program.class.getName());
            program.enable();
            MethodEntryRequest methods = requests.createMethodEntryRequest();
            methods.addClassFilter(PACKAGE + '*');
            methods.setSuspendPolicy(EventRequest.SUSPEND_NONE);
            Set<String> entered = new TreeSet<>();
            while (true) {
                EventSet events = Objects.requireNonNull(machine.eventQueue().remove(MOST_MILLIS), "no event");
                for (Event event : events) {
                    if (event instanceof VMDisconnectEvent) {
                        return entered;
                    } else if (event instanceof ClassPrepareEvent prepared) {
                        for (String mark : List.of("begin", "end")) {
                            Method method =
                                    prepared.referenceType().methodsByName(mark).get(0);
                            requests.createBreakpointRequest(method.location()).enable();
                        }
                    } else if (event instanceof BreakpointEvent mark) {
                        methods.setEnabled(mark.location().method().name().equals("begin"));
                    } else if (event instanceof MethodEntryEvent entry) {
                        String name = entry.method().declaringType().name();
                        if (!name.contains("$$Lambda") && !name.equals(Program.class.getName())) {
                            entered.add(name.substring(PACKAGE.length()));
                        }
                    }
                }
                events.resume();
            }
        } finally {
            machine.process().destroyForcibly();
        }
    }
}
