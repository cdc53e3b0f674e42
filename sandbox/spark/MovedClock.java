import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.regex.Pattern;
import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.expressions.*;
import org.apache.spark.sql.catalyst.parser.ParserInterface;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.catalyst.trees.TreeNode;
import org.apache.spark.sql.catalyst.trees.TreeNodeTag;
import org.apache.spark.sql.types.DataTypes;
import scala.Function1;
import scala.Some;
import scala.runtime.AbstractFunction1;
import scala.runtime.AbstractFunction2;
import scala.runtime.AbstractPartialFunction;

/**
 * Adds days to whatever of a query asks Spark for the time: see moved_clock.py, which has this compiled.
 *
 * Spark's optimizer puts the machine's time in the place of these expressions; here they are still there, and have the
 * names that their columns keep. What is tagged has its days already: a plan is analyzed again as part of the next.
 */
public final class MovedClock {
    private static final TreeNodeTag MOVED = new TreeNodeTag("sandbox.moved");
    private static final String SPECIAL = "(now|today|tomorrow|yesterday)\\b";
    private static final Pattern TEXT = Pattern.compile("\\s*" + SPECIAL + ".*", Pattern.CASE_INSENSITIVE);
    private static final Pattern LITERAL = Pattern.compile(
        "\\b(date|timestamp(_ltz|_ntz)?)\\s*r?['\"]\\s*" + SPECIAL, Pattern.CASE_INSENSITIVE);

    /** Of the sessions that are made with these extensions and have done nothing yet. */
    public MovedClock(SparkSessionExtensions extensions, final Integer days) {
        extensions.injectPostHocResolutionRule(new AbstractFunction1() {
            public Object apply(Object session) {
                return new Days(days.intValue());
            }
        });
        extensions.injectParser(new AbstractFunction2() {
            public Object apply(Object session, Object parser) {
                return refusing((ParserInterface) parser);
            }
        });
    }

    private static final class Days extends Rule {
        private final int days;

        Days(int days) {
            this.days = days;
        }

        public TreeNode apply(TreeNode plan) {
            return (LogicalPlan) ((LogicalPlan) plan).transformAllExpressions(new AbstractPartialFunction() {
                public boolean isDefinedAt(Object found) {
                    return asksForTheTime(found) && ((Expression) found).getTagValue(MOVED).isEmpty();
                }

                public Object applyOrElse(Object found, Function1 otherwise) {
                    return isDefinedAt(found) ? later((Expression) found) : otherwise.apply(found);
                }
            });
        }

        private Expression later(Expression now) {
            now.setTagValue(MOVED, Boolean.TRUE);
            if (now.dataType() == DataTypes.DateType) {
                return new DateAdd(now, new Literal(Integer.valueOf(days), DataTypes.IntegerType));
            }
            Long microseconds = Long.valueOf(days * 86400000000L);
            Expression interval = new Literal(microseconds, DataTypes.createDayTimeIntervalType());
            return new TimeAdd(now, interval, new Some(conf().sessionLocalTimeZone()));
        }
    }

    private static boolean asksForTheTime(Object found) {
        return found instanceof CurrentDate || found instanceof CurrentTimestampLike || found instanceof LocalTimestamp
            || isSpecial(found instanceof ParseToDate || found instanceof ParseToTimestamp
                ? ((RuntimeReplaceable) found).replacement() : found);
    }

    /** A text such as 'today' becomes a date or timestamp. */
    private static boolean isSpecial(Object found) {
        if (!(found instanceof Cast) || !(((Cast) found).child() instanceof Literal)) {
            return false;
        }
        Cast cast = (Cast) found;
        boolean date = cast.dataType() == DataTypes.DateType || cast.dataType() == DataTypes.TimestampType
            || cast.dataType() == DataTypes.TimestampNTZType;
        Literal text = (Literal) cast.child();
        return date && text.dataType() == DataTypes.StringType && TEXT.matcher(String.valueOf(text.value())).matches();
    }

    /** The parser takes the machine's time for DATE 'today' and the like, so early that no rule sees what it was. */
    private static Object refusing(final ParserInterface parser) {
        return Proxy.newProxyInstance(ParserInterface.class.getClassLoader(), new Class[] {ParserInterface.class},
            new InvocationHandler() {
                public Object invoke(Object proxy, Method method, Object[] arguments) throws Throwable {
                    if (arguments != null && arguments.length > 0 && LITERAL.matcher(String.valueOf(arguments[0])).find()) {
                        throw new IllegalArgumentException("On a day that follows, the sandbox cannot move the clock of"
                            + " literals such as DATE 'today' and TIMESTAMP 'now'. Use current_date() or now() instead.");
                    }
                    try {
                        return method.invoke(parser, arguments);
                    } catch (InvocationTargetException error) {
                        throw error.getCause();
                    }
                }
            });
    }
}
