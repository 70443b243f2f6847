#!/usr/bin/perl
# check-layers.pl SOURCES SHARED_OBJECT COMPILER_AND_FLAGS OBJECT... - proves the layering.
#
# SOURCES is the top of the tree, "." or with a slash at its end; the objects' names are
# those of the sources below it.  What is proved, of every file of src/:
#
#   - its room (its folder) is in the table below;
#   - what it includes, and whose symbols its object uses (by nm), is in its own room or
#     in one that the table allows; what it gets by way of others' headers, as the
#     compiler tells, is in these or in rooms that they may use; what it names of functions
#     is, too;
#   - there is no circle: of files that call one another, of headers, of rooms;
#   - what an action of the API is called, asks for and answers is said in its file alone;
#   - and the rules about libraries, waiting and ending that stand below the table.
#
# Prints what is wrong, and exits with 1.
use strict;
use warnings;

# Each room, and those that its files may include and call: all of them stand above it.
my @table = (
	[ 'settings' ],
	[ 'compat' ],
	[ 'compat_planner', 'compat' ],
	[ 'util',      'settings', 'compat' ],
	[ 'core' ],
	[ 'http',      'core' ],
	[ 'failure',   'core', 'http' ],
	[ 'api',       'core' ],
	[ 'option',    'core', 'http', 'api' ],
	[ 'rows',      'compat', 'util', 'core', 'failure', 'api' ],
	[ 'cache',     'settings', 'compat', 'util', 'core' ],
	[ 'fetch',     'settings', 'compat', 'util', 'core', 'http', 'failure', 'api', 'option', 'rows', 'cache' ],
	[ 'planner',   'compat', 'compat_planner', 'api', 'option' ],
	[ 'executor',  'settings', 'compat', 'util', 'core', 'failure', 'api', 'option', 'rows', 'fetch', 'planner' ],
	[ 'lookahead', 'settings', 'compat', 'compat_planner', 'util', 'option', 'fetch', 'planner', 'executor' ],
	[ 'monitor',   'compat', 'core', 'api', 'option', 'cache', 'fetch', 'executor' ],
	[ 'tuya_fdw',  'settings', 'fetch', 'planner', 'executor', 'lookahead' ],
);

# Plain C, which a plain main() can drive: never even by way of others postgres.h.
my @plain = ('core', 'http');

# Files that no room but those named includes.
my @shut = (
	[ qr{^core/(sign|url)$}, 'core', 'http', 'api', 'option', 'fetch' ],
);

# Headers of libraries, and who includes them.
my @libraries = (
	[ 'OpenSSL', qr{^openssl/},          qr{^core/(sign|tls)\.c$} ],
	[ 'json-c',  qr{^(json-c/|json\.h)}, qr{^core/(reply|document|member)\.c$} ],
	[ 'libcurl', qr{^curl/},             qr{^http/([a-z_]+\.c|internal\.h)$} ],
);

# Functions of others, and whose objects use them.
my @functions = (
	[ 'libcurl', qr{^curl_}, qr{^http/} ],
	[ 'what waits',
		qr{^(WaitLatch|WaitLatchOrSocket|WaitEventSetWait|pg_usleep|p?poll|__p?poll_chk|p?select|u?sleep|(clock_)?nanosleep)$},
		qr{^fetch/driver$} ],
	[ 'epoll_wait', qr{^epoll_p?wait2?$}, qr{^http/events$} ],
	[ 'what finds functions by their names',
		qr{^(dlv?sym|dl(m)?open|load_external_function|lookup_external_function|find_rendezvous_variable)$}, qr{^(?!)} ],
	[ 'what ends the process or jumps',
		qr{^(abort|_?exit|_Exit|quick_exit|(_|__|sig|__sig)?longjmp(_chk)?|__assert_fail)$}, qr{^(?!core/)} ],
);

# What may be seen from outside, and what has to be, all in the object of that name.
my $exported = qr{^(tuya_[a-z_]+|_PG_init|Pg_magic_func|pg_finfo_tuya_[a-z_]+)$};
my %defined_by = ('_PG_init' => 'tuya_fdw', 'Pg_magic_func' => 'tuya_fdw');

# Edges, from file to file, that are not as they should be: still known, and to be deleted
# from here when they are gone.  One that is not needed is an error.
my @known = (
);

my ($top, $shared_object, $compiler, @objects) = @ARGV;
my $src = ($top eq '.' ? '' : $top) . 'src/';
my ($wrong, %allowed, %said) = (0);
my %known = map { $_ => 1 } @known;

sub complain
{
	my $text = shift;
	print "layers: $text\n" unless $said{$text}++;
	$wrong = 1;
	return;
}

# "fetch/fetcher" of "fetch/fetcher.c", and its room
sub unit_of { my $file = shift; $file =~ s/\.[cho]$//; return $file; }
sub room_of { my ($room) = $_[0] =~ m{^([^/.]+)}; return $room; }

sub lines_of
{
	my $file = shift;
	open(my $handle, '<', $file) or die "$file: $!\n";
	my @lines = <$handle>;
	return @lines;
}

sub output_of
{
	my $command = shift;
	my @lines = `$command`;
	die "failed: $command\n" if $? != 0;
	return @lines;
}

# --- the table

sub read_table
{
	foreach my $row (@table)
	{
		my ($room, @below) = @$row;
		foreach my $other (@below)
		{
			complain("table: $other does not stand above $room") unless exists $allowed{$other};
		}
		$allowed{$room} = { map { $_ => 1 } $room, @below };
	}
	return;
}

# All rooms that one may reach, step by step.
sub reach
{
	my %reached;
	my @todo = @_;
	while (defined(my $room = shift @todo))
	{
		next if $reached{$room}++;
		push @todo, keys %{ $allowed{$room} };
	}
	return \%reached;
}

# --- files

sub check_places
{
	my @files = sort grep { /\.[ch]$/ } map { chomp; substr($_, length $src) } output_of("find $src -type f");
	foreach my $file (@files)
	{
		my $room = room_of($file);
		my $depth = ($file =~ tr{/}{});
		# a room is a folder, or one file of that name; that of actions has a folder for these
		complain("src/$file: its room is not in the table")
		  if !exists $allowed{$room} || ($depth > 1 && $file !~ m{^api/actions/[a-z_]+\.c$});
	}
	return grep { exists $allowed{ room_of($_) } } @files;
}

# --- edges

my (%edges, %headers);

sub note_edge
{
	my ($from, $to, $how) = @_;
	$edges{ unit_of($from) }{ unit_of($to) }{$how} = 1 if unit_of($from) ne unit_of($to);
	return;
}

# The file of src/ that an include names, or undef: as the compiler looks for it.
sub resolve
{
	my ($file, $name, $exists) = @_;
	my ($folder) = $file =~ m{^(.*/)};
	foreach my $found (($folder // '') . $name, $name)
	{
		return $found if $exists->{$found};
	}
	return;
}

sub check_includes
{
	my @files = @_;
	my %exists = map { $_ => 1 } @files;
	foreach my $file (@files)
	{
		foreach my $line (lines_of("$src$file"))
		{
			next unless $line =~ /^\s*(#|%:|\?\?=)\s*(include|import)/;
			# what has another form, as by a macro, is not seen here, nor what goes over "..", as itself
			my ($name) = $line =~ /^\s*#\s*include\s*["<]([^">]+)[">]/;
			if (!defined $name || $name =~ m{^/|(^|/)\.\.?/})
			{
				complain("src/$file has an include that names no file of a room: " . $line =~ s/\s+$//r);
				next;
			}
			my $found = resolve($file, $name, \%exists);
			foreach (@libraries)
			{
				my ($library, $header, $who) = @$_;
				complain("src/$file includes $name: that is not for it to know ($library)")
				  if $name =~ $header && $file !~ $who;
			}
			next unless defined $found;
			note_edge($file, $found, 'include');
			$headers{$file}{$found} = 1;
		}
	}
	return;
}

# Whom the compiler sees, by whatever way.
sub check_dependencies
{
	my %exists = map { $_ => 1 } @_;
	my @sources = grep { /\.c$/ } @_;
	my $rules = join('', output_of("$compiler -M " . join(' ', map { "$src$_" } @sources)));
	$rules =~ s/\\\n//g;
	foreach my $rule (split /\n/, $rules)
	{
		my ($target, $source, @others) = split ' ', $rule;
		next unless defined $source && index($source, $src) == 0;
		my $file = substr($source, length $src);
		my $reached = reach(room_of($file));
		foreach my $other (@others)
		{
			complain("src/$file sees $other, and is plain C")
			  if $other =~ m{/(postgres|c|pg_config)\.h$} && grep { $_ eq room_of($file) } @plain;
			next unless index($other, $src) == 0;
			my $seen = substr($other, length $src);
			complain("src/$file sees src/$seen, which is no file of a room") unless $exists{$seen};
			next if $reached->{ room_of($seen) };
			complain("src/$file sees src/$seen, which is not above it")
			  unless comes_by_known($file, $seen);
		}
	}
	return;
}

# Whether the include comes by an edge that is known, and in no other way.
sub comes_by_known
{
	my ($file, $seen) = @_;
	return includes($file, 1)->{$seen} && !includes($file, 0)->{$seen};
}

# What the file includes, and these include; by edges that are known, too, or not.
sub includes
{
	my ($file, $by_known) = @_;
	my %reached;
	my @todo = ($file);
	while (defined(my $at = shift @todo))
	{
		next if $reached{$at}++;
		push @todo, grep { $by_known || !$known{ unit_of($at) . ' -> ' . unit_of($_) } }
		  keys %{ $headers{$at} || {} };
	}
	return \%reached;
}

# Who defines a symbol; and what a file says of it in code: a declaration, a call that is made
# elsewhere, as by a header's inline function, its address, its name.
sub check_mentions
{
	my ($definer, @files) = @_;
	foreach my $file (@files)
	{
		my $code = without_comments(join('', lines_of("$src$file")));
		my %mentioned = map { $_ => 1 } $code =~ /\b(tuya_\w+)/g;
		foreach my $symbol (sort keys %mentioned)
		{
			my $by = $definer->{$symbol} // next;
			complain("src/$file names $symbol of src/$by.c, which is not above it")
			  if unit_of($file) ne $by && defined fault_of(unit_of($file), $by);
		}
	}
	return;
}

sub check_symbols
{
	my @files = @_;
	my (%definer, %users);
	foreach my $object (@objects)
	{
		my $unit = unit_of($object);
		$unit =~ s{^src/}{};
		foreach my $line (output_of("nm $object"))
		{
			my ($type, $symbol) = $line =~ /([A-Za-z]) (\S+)$/ or next;
			if ($type =~ /[Uwv]/) { $users{$symbol}{$unit} = 1; }
			elsif ($type =~ /[A-Z]/) { $definer{$symbol} = $unit; }
		}
	}
	foreach my $symbol (sort keys %users)
	{
		foreach my $unit (sort keys %{ $users{$symbol} })
		{
			note_edge($unit, $definer{$symbol}, 'call') if defined $definer{$symbol};
			foreach (@functions)
			{
				my ($what, $function, $who) = @$_;
				complain("src/$unit.c calls $symbol: not for it ($what)")
				  if $symbol =~ $function && $unit !~ $who;
			}
		}
	}
	foreach my $symbol (sort keys %defined_by)
	{
		my $by = $definer{$symbol} // 'nobody';
		complain("$symbol is defined by $by") unless $by eq $defined_by{$symbol};
	}
	check_mentions(\%definer, @files);
	return;
}

sub check_exports
{
	foreach my $line (output_of("nm -D --defined-only $shared_object"))
	{
		my ($symbol) = $line =~ /(\S+)$/;
		complain("$symbol is exported") unless $symbol =~ $exported;
	}
	return;
}

# Why the edge may not be, or undef.
sub fault_of
{
	my ($from, $to) = @_;
	return 'not in the table' unless $allowed{ room_of($from) }{ room_of($to) };
	foreach (@shut)
	{
		my ($file, @rooms) = @$_;
		return 'shut' if $to =~ $file && !grep { $_ eq room_of($from) } @rooms;
	}
	return;
}

sub check_edges
{
	foreach my $from (sort keys %edges)
	{
		foreach my $to (sort keys %{ $edges{$from} })
		{
			next if $known{"$from -> $to"} || !defined fault_of($from, $to);
			complain("$from -> $to is no edge of the table ("
				  . join(' and ', sort keys %{ $edges{$from}{$to} }) . ')');
		}
	}
	return;
}

# --- words

# Strings in an action's file that are not its own: types of columns, what all replies have, and
# fields with the name of what is everywhere.
my $anybodys = qr{^(text|timestamptz|integer|bigint|data|list)\b|^(type|status|progress|timeout|description|desc|tags)$};

sub without_comments
{
	my $text = shift;
	$text =~ s{/\*.*?\*/}{}gs;
	return $text;
}

# What is said in the file of an action, between quotes.
sub words_of_action
{
	my $code = without_comments(shift);
	$code =~ s/^#.*$//mg;
	my %words = map { $_ => 1 } grep { !/$anybodys/ } $code =~ /"([^"]*)"/g;
	return sort keys %words;
}

# The names on the wire, which have capitals, stand in no file but actions', not even in comments;
# columns do not in code, nor do nouns in its texts, but serve as examples in comments.
sub check_words
{
	my @files = @_;
	my %text = map { $_ => join('', lines_of("$src$_")) } @files;
	my @homes = grep { m{^api/actions/} } sort @files;
	my @others = grep { !m{^api/actions/} } sort @files;
	foreach my $home (@homes)
	{
		my ($name) = $home =~ m{/(\w+)\.c$};
		my @words = words_of_action($text{$home});
		complain("src/$home does not define tuya_$name")
		  unless $text{$home} =~ /^const TuyaAction tuya_$name =/m;
		complain("src/$home has only @words to say") if @words < 5;
		foreach my $file (@others)
		{
			my $code = without_comments($text{$file});
			# "result" and "task" are names of variables, too
			my $texts = join("\n", $code =~ /"((?:[^"\\]|\\.)*)"/g);
			foreach my $word (@words)
			{
				my $where = $word =~ /[A-Z]/ ? $text{$file} : $word =~ /_/ ? $code : $texts;
				my $before = $word =~ /[A-Z]/ ? qr/[A-Za-z0-9]/ : qr/[A-Za-z0-9.\/]/;
				complain("src/$file has \"$word\", which is for src/$home to say")
				  if $where =~ /(?<!$before)\Q$word\E(?![A-Za-z0-9])/;
			}
		}
	}
	complain('there is no action') unless @homes;
	return;
}

# --- circles

# A way from one file to the other, as a list, or nothing.
sub way
{
	my ($graph, $from, $to) = @_;
	my %before = ($from => undef);
	my @todo = ($from);
	while (defined(my $at = shift @todo))
	{
		foreach my $next (sort keys %{ $graph->{$at} || {} })
		{
			next if exists $before{$next} && $next ne $to;
			if ($next eq $to)
			{
				my @way = ($to);
				for (my $step = $at; defined $step; $step = $before{$step}) { unshift @way, $step; }
				return @way;
			}
			$before{$next} = $at;
			push @todo, $next;
		}
	}
	return;
}

# Says one circle through each file that is in any, but not the same circle twice.
sub check_circles
{
	my ($what, $graph) = @_;
	my %told;
	foreach my $file (sort keys %$graph)
	{
		next if $told{$file};
		my @circle = way($graph, $file, $file) or next;
		$told{$_} = 1 foreach @circle;
		complain("a circle of $what: " . join(' -> ', @circle));
	}
	return;
}

# The calls from file to file, without the edges that are known.
sub calls
{
	my %calls;
	foreach my $from (keys %edges)
	{
		foreach my $to (keys %{ $edges{$from} })
		{
			$calls{$from}{$to} = 1 if $edges{$from}{$to}{call} && !$known{"$from -> $to"};
		}
	}
	return \%calls;
}

sub check_known
{
	my $calls = shift;
	foreach my $edge (@known)
	{
		my ($from, $to) = split / -> /, $edge;
		my $is = $edges{$from}{$to};
		if ($is && (fault_of($from, $to) || ($is->{call} && way($calls, $to, $from))))
		{
			print "layers: known: $edge\n";
		}
		else
		{
			complain("known, but needed no more: $edge");
		}
	}
	return;
}

read_table();
my @files = check_places();
check_includes(@files);
check_dependencies(@files);
check_words(@files);
check_symbols(@files);
check_exports();
check_edges();
check_circles('headers', \%headers);
check_circles('calls', calls());
check_known(calls());
print "layers: as designed\n" unless $wrong;
exit $wrong;
